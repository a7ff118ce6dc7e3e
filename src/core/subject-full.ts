import type { ChallengeKind } from './challenge.ts'
import { LedgerFailure } from './ledger.ts'

/** Clearances of one subject that its own proofs can come to. Those who pass more have to wait for an end. */
export const MAX_CLEARANCES_OF_SUBJECT = 64

/** Clearances of one subject that a ledger keeps at a time: what an operator says finds room beside proofs. */
export const MAX_WITH_OPERATORS = 2 * MAX_CLEARANCES_OF_SUBJECT

/** How many clearances a subject may have, at most, for a claim of this kind to add one. */
export const mostBeside = (kind: ChallengeKind): number =>
  kind === 'step_up' ? MAX_WITH_OPERATORS : MAX_CLEARANCES_OF_SUBJECT

/** The ledger is there, but keeps no more clearances of this subject: nobody grants another one. */
export class SubjectFull extends LedgerFailure {
  constructor() {
    super('refused', 'the ledger keeps no more clearances of this subject')
    this.name = 'SubjectFull'
  }
}
