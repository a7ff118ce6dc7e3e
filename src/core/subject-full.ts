import { LedgerFailure } from './ledger.ts'

/** Clearances of one subject that a ledger keeps at a time. Those who pass more have to wait for an end. */
export const MAX_CLEARANCES_OF_SUBJECT = 64

/** The ledger is there, but keeps no more clearances of this subject: nobody grants another one. */
export class SubjectFull extends LedgerFailure {
  constructor() {
    super('refused', 'the ledger keeps no more clearances of this subject')
    this.name = 'SubjectFull'
  }
}
