import type { ChallengeTerms } from '../core/challenge.ts'
import type { Reason } from '../core/decision.ts'
import type { HeldClearance } from '../core/held-clearance.ts'
import { formatDuration } from '../core/time.ts'
import { termsFor } from './challenge-terms.ts'
import { heldInVain, passedBy, type HeldInVain } from './cleared.ts'
import { shownFacts, type ShownFact } from './leaves.ts'
import type { RuleChallenge } from './policy.ts'
import type { Sheet } from './sheet.ts'

/** What a challenge rule would ask one caller for, and the clearance by which that is passed. */
export type ExplainedChallenge = {
  readonly terms: ChallengeTerms
  /** The expression of the difficulty, where there is one. */
  readonly difficulty?: {
    readonly text: string
    readonly broken?: string
    readonly facts: readonly ShownFact[]
  }
  readonly passedBy: HeldClearance | undefined
  /** What the caller holds that does not do. */
  readonly inVain: readonly HeldInVain[]
}

/** A challenge rule over the facts of one call. */
export const explainChallenge = (
  challenge: RuleChallenge,
  rule: string,
  sheet: Sheet,
): ExplainedChallenge => {
  const broken: Reason[] = []
  const terms = termsFor(challenge, rule, sheet, (reason) => broken.push(reason))
  const shown = {
    terms,
    passedBy: passedBy(challenge.terms, sheet),
    inVain: heldInVain(challenge.terms, sheet),
  }
  const { difficulty } = challenge
  if (difficulty === undefined) return shown
  const [why] = broken
  return {
    ...shown,
    difficulty: {
      text: difficulty.text,
      ...(why && {
        broken: why.kind === 'error' ? why.text : `${why.fact} is unknown (${why.why})`,
      }),
      facts: shownFacts(difficulty.expression, sheet),
    },
  }
}

const boundText = (bound: readonly string[]): string =>
  bound.length === 0 ? '' : `, bound to ${bound.join(', ')}`

/** What is asked for, in words: `proof_of_work, 10 min to answer, holds 1 d, difficulty 3.5`. */
export const termsText = ({
  kind,
  validMs,
  lifetimeMs,
  bind,
  difficulty,
}: ChallengeTerms): string => {
  const times = `${formatDuration(validMs)} to answer, holds ${formatDuration(lifetimeMs)}`
  const work = kind === 'proof_of_work' ? `, difficulty ${Number(difficulty.toFixed(2))}` : ''
  return `${kind}, ${times}${boundText(bind)}${work}`
}

const heldWords = ({ kind, ageS, bound }: HeldClearance): string =>
  `${kind}, ${formatDuration(ageS * 1000)} ago${boundText(bound)}`

/** Why what a caller holds does not do, in words: `human, 2 d ago: too old for this rule`. */
export const inVainText = ({ held, short }: HeldInVain): string => {
  const { weaker, tooOld, notBoundTo } = short
  const why = [
    ...(weaker ? ['too weak for this rule'] : []),
    ...(tooOld ? ['too old for this rule'] : []),
    ...(notBoundTo.length > 0 ? [`not bound to ${notBoundTo.join(', ')}`] : []),
  ]
  return `${heldWords(held)}: ${why.join(', ')}`
}

/** By what a challenge was passed, in words: `human, 1 h 5 min ago, bound to network`. */
export const passedText = ({ terms }: RuleChallenge, sheet: Sheet): string => {
  const held = passedBy(terms, sheet)
  return held === undefined ? 'nothing' : heldWords(held)
}
