import { CHALLENGE_KINDS } from '../core/challenge.ts'
import { DIFFICULTY } from './challenge-schema.ts'
import { ruleChallengeOf } from './challenge-terms.ts'
import type { EntryCompiler } from './compile-entry.ts'
import { compileNumber, type Scale } from './condition.ts'
import type { RuleChallenge } from './policy.ts'
import type { Draft } from './read-policy-document.ts'

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null

/** What can be asked where the settings name nobody who verifies the rest. */
const INSTEAD: { readonly [kind: string]: string } = {
  human: 'set challenges.human in the settings, or write proof_of_work or step_up',
}

/** Whether somebody verifies what is asked for; reports where not. Misspelt kinds are wrong shapes. */
const kindIsOffered = (draft: Draft<'rules'>, { capabilities, report }: EntryCompiler): boolean => {
  const written = draft.raw['challenge']
  const named = isRecord(written) ? written['kind'] : written
  const kind = CHALLENGE_KINDS.find((known) => known === named)
  if (kind === undefined || capabilities.challenges.has(kind)) return true
  const offered = CHALLENGE_KINDS.filter((known) => capabilities.challenges.has(known))
  const instead = INSTEAD[kind] ?? `write one of ${offered.join(', ')}`
  const what = `nobody verifies the challenge ${kind}`
  report(draft.problem(isRecord(written) ? ['challenge', 'kind'] : 'challenge', what, instead))
  return false
}

type Difficulty = { readonly ok: boolean; readonly scale: Scale | undefined }

const NONE: Difficulty = { ok: true, scale: undefined }
const BAD: Difficulty = { ok: false, scale: undefined }

const BOUNDS = `write one from ${DIFFICULTY.least} to ${DIFFICULTY.most}`

/** The difficulty where it is an expression; reports what is wrong with it, and one of no use. */
const difficultyOf = (draft: Draft<'rules'>, { scope, report }: EntryCompiler): Difficulty => {
  const written = draft.raw['challenge']
  const text = isRecord(written) ? written['difficulty'] : undefined
  if (!isRecord(written) || text === undefined) return NONE
  const complain = (what: string, instead: string, options?: object): Difficulty => {
    report(draft.problem(['challenge', 'difficulty'], what, instead, options))
    return BAD
  }
  const kind = CHALLENGE_KINDS.find((known) => known === written['kind'])
  if (kind !== undefined && kind !== 'proof_of_work') {
    const instead = 'remove it, or write kind: proof_of_work'
    return complain('only proof_of_work is more or less work', instead, { onKey: true })
  }
  // Numbers have been looked at with the shape, an empty text too.
  if (typeof text !== 'string' || text === '') return NONE
  const compiled = compileNumber(text, 'a difficulty', scope)
  if (!compiled.ok) {
    for (const { start, what, instead } of compiled.complaints) {
      complain(what, instead, { offset: start })
    }
    return BAD
  }
  const { constant } = compiled.value
  if (constant === undefined) return { ok: true, scale: compiled.value }
  if (!Number.isFinite(constant)) return complain('no number comes out of it', BOUNDS)
  return constant >= DIFFICULTY.least && constant <= DIFFICULTY.most
    ? { ok: true, scale: compiled.value }
    : complain(`a difficulty of ${constant} cannot be asked for`, BOUNDS)
}

/** What became of `challenge:` in a rule; not ok where something was reported. */
type Asked = { readonly ok: boolean; readonly challenge: RuleChallenge | undefined }

/** Compiles what a rule asks the caller for; reports it where it is missing, or stands elsewhere. */
export const compileChallenge = (draft: Draft<'rules'>, compiler: EntryCompiler): Asked => {
  const bad: Asked = { ok: false, challenge: undefined }
  const written = draft.raw['challenge']
  if (draft.raw['then'] !== 'challenge') {
    if (written === undefined) return { ok: true, challenge: undefined }
    const what = 'only challenge asks something of the caller'
    const instead = 'remove it, or write then: challenge'
    compiler.report(draft.problem('challenge', what, instead, { onKey: true }))
    return bad
  }
  if (written === undefined) {
    const instead = `write challenge: proof_of_work, or another of ${CHALLENGE_KINDS.join(', ')}`
    compiler.report(draft.problem('then', 'what to ask for is missing', instead))
    return bad
  }
  const offered = kindIsOffered(draft, compiler)
  const { ok, scale } = difficultyOf(draft, compiler)
  const { entry } = draft
  if (!offered || !ok || entry?.challenge === undefined) return bad
  return { ok: true, challenge: ruleChallengeOf(entry.challenge, scale) }
}
