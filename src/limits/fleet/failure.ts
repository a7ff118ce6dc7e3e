import { LedgerFailure } from '../../core/ledger.ts'

/** What a ledger rejected with; anything that is none of its failures is `nonsense`. */
export const asFailure = (error: unknown): LedgerFailure =>
  error instanceof LedgerFailure
    ? error
    : new LedgerFailure('nonsense', 'the shared counters failed in an unknown way', {
        cause: error,
      })

/** Whether a request was certainly not carried out. */
export const isUndone = ({ kind }: LedgerFailure): boolean =>
  kind !== 'timeout' && kind !== 'nonsense'
