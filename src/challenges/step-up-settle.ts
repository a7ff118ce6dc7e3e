import {
  CORRECTABLE,
  type Clearance,
  type ClearanceLedger,
  type Corrections,
  type Issued,
} from '../core/challenge.ts'
import type { Answering } from './answering.ts'
import type { StepUpMessage, StepUpResult } from './step-up-message.ts'

/** What became of an operator's word. */
export type Settled =
  /** It stands, now or since it was said before. `isNew` where this was the first time. */
  | {
      readonly kind: 'settled'
      readonly issued: Issued
      readonly clearance: Clearance
      readonly result: StepUpResult
      readonly isNew: boolean
    }
  /** No challenge of ours, or none that an operator confirms. */
  | { readonly kind: 'unknown' | 'not_step_up' }
  /** Another word stands: the opposite, other facts, or that it was revoked. */
  | { readonly kind: 'contradicts'; readonly standing: Clearance }
  /** It could be answered only until `issued.expiresMs`. */
  | { readonly kind: 'expired'; readonly issued: Issued }
  /** Worth another try. */
  | { readonly kind: 'unavailable' }

/** What settling takes: who opens and ends challenges, and the truth about those that have ended. */
export type SettlingParts = {
  readonly answering: Pick<Answering, 'open' | 'settle'>
  readonly ledger: Pick<ClearanceLedger, 'of'>
}

const sameFacts = (one: Corrections | undefined, other: Corrections | undefined): boolean =>
  CORRECTABLE.every((name) => one?.[name] === other?.[name])

/**
 * Carries out an operator's word on a step-up. Said twice it comes to the same; what contradicts what
 * stands changes nothing. The challenge itself is what can be spent only once: nothing else is remembered.
 * Never rejects.
 */
export const settleStepUp = async (
  { answering, ledger }: SettlingParts,
  { challenge, result, facts }: StepUpMessage,
): Promise<Settled> => {
  const opened = answering.open(challenge)
  if (!opened.ok && opened.why === 'malformed') return { kind: 'unknown' }
  const { issued } = opened
  if (issued.kind !== 'step_up') return { kind: 'not_step_up' }
  const state = result === 'verified' ? 'granted' : 'refused'
  const done = (clearance: Clearance, isNew: boolean): Settled => ({
    kind: 'settled',
    issued,
    clearance,
    result,
    isNew,
  })
  try {
    const outcome = await answering.settle(issued, state, facts)
    if (outcome.kind === 'granted' || outcome.kind === 'refused')
      return done(outcome.clearance, true)
    if (outcome.kind !== 'spent' && outcome.kind !== 'expired') return { kind: 'unavailable' }
    // It may be the same word again, also long after the challenge could be answered.
    const standing = (await ledger.of(issued.subject)).find(({ id }) => id === issued.id)
    if (standing === undefined) {
      // Spent, and yet nowhere to be seen: the ledger will know in a moment.
      return outcome.kind === 'expired' ? { kind: 'expired', issued } : { kind: 'unavailable' }
    }
    return standing.state === state && sameFacts(standing.facts, facts)
      ? done(standing, false)
      : { kind: 'contradicts', standing }
  } catch {
    return { kind: 'unavailable' }
  }
}
