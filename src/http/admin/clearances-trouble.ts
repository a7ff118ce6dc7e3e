import { LedgerFailure } from '../../core/ledger.ts'
import { SubjectFull } from '../../core/subject-full.ts'

/** What an operator is told where challenges are not set up. */
export const NO_CLEARANCES = 'this guard issues no challenges'

/** A change of clearances, or why there is none: for operators. */
export type ClearanceChange<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: 'unavailable' | 'conflict'; readonly detail: string }

/** Makes a change; a ledger that cannot be reached is a 503 that says what to do. Throws what nobody foresaw. */
export const tryLedger = async <T>(change: () => Promise<T>): Promise<ClearanceChange<T>> => {
  try {
    return { ok: true, value: await change() }
  } catch (error) {
    if (error instanceof SubjectFull) {
      const detail =
        'this account has as many clearances as are kept; revoked ones count until they end'
      return { ok: false, code: 'conflict', detail }
    }
    if (error instanceof LedgerFailure) {
      const detail =
        'the store of clearances cannot be reached; look with clearances list whether it stands, then repeat the command; see /readyz and the log'
      return { ok: false, code: 'unavailable', detail }
    }
    throw error
  }
}
