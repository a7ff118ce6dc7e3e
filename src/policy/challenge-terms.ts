import type { ChallengeKind, ChallengeTerms } from '../core/challenge.ts'
import type { Reason } from '../core/decision.ts'
import { DAY_MS, parseDurationMs } from '../core/time.ts'
import { DIFFICULTY, type WrittenChallenge } from './challenge-schema.ts'
import type { Scale } from './condition.ts'
import { reasonOf } from './draft-decision.ts'
import type { RuleChallenge } from './policy.ts'
import type { Sheet } from './sheet.ts'

/** What a kind is given where the rule says nothing: people take longer than programs. */
const DEFAULTS: {
  readonly [K in ChallengeKind]: { readonly validMs: number; readonly lifetimeMs: number }
} = {
  proof_of_work: { validMs: 10 * 60_000, lifetimeMs: DAY_MS },
  // Whoever runs a program may read its errors hours later.
  human: { validMs: DAY_MS, lifetimeMs: DAY_MS },
  step_up: { validMs: 7 * DAY_MS, lifetimeMs: 30 * DAY_MS },
}

const ORDINARY = 1

const msOf = (written: string | undefined): number | undefined =>
  written === undefined ? undefined : parseDurationMs(written)

/** What a rule asks for, compiled; `difficulty` is that of an expression, where one is written. */
export const ruleChallengeOf = (
  written: WrittenChallenge,
  difficulty: Scale | undefined,
): RuleChallenge => {
  const { kind, bind = [], difficulty: given } = written
  const fixed = typeof given === 'number' ? given : (difficulty?.constant ?? ORDINARY)
  return {
    terms: {
      kind,
      validMs: msOf(written.valid_for) ?? DEFAULTS[kind].validMs,
      lifetimeMs: msOf(written.lifetime) ?? DEFAULTS[kind].lifetimeMs,
      bind,
      difficulty: fixed,
    },
    difficulty: difficulty?.constant === undefined ? difficulty : undefined,
  }
}

/**
 * What is asked of one call, its difficulty worked out and cut to what can be asked for. One that cannot
 * be computed is the ordinary one; `note` is told why.
 */
export const termsFor = (
  { terms, difficulty }: RuleChallenge,
  rule: string,
  sheet: Sheet,
  note: (reason: Reason) => void,
): ChallengeTerms => {
  if (difficulty === undefined) return terms
  const found = difficulty.run(sheet)
  const where = `rules.${rule}.challenge.difficulty`
  if (typeof found === 'object') {
    note(reasonOf(where, found, sheet))
    return terms
  }
  if (!Number.isFinite(found)) {
    note({ kind: 'error', in: where, text: 'the difficulty is not a finite number' })
    return terms
  }
  const { least, most } = DIFFICULTY
  return { ...terms, difficulty: Math.min(most, Math.max(least, found)) }
}
