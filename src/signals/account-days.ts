import type { Sink } from '../core/seams.ts'
import { openSeenLog } from './account-seen-log.ts'

/** Counts the days on which accounts made a call, for sources whose count ends when it was exported. */
export interface AccountDays extends Sink {
  /** UTC days after the day of `afterMs` on which the account was served; at most the last 64. */
  daysAfter(accountId: string, afterMs: number): number
}

/**
 * Days of use beside an account source. Only served calls count: being refused every day is no tenure.
 * Kept in `file` like every other sight; a full table counts no days for further accounts.
 */
export const createAccountDays = async (options: {
  readonly file: string
  readonly maxAccounts?: number
  readonly flushMs?: number
}): Promise<AccountDays> => {
  const { file, maxAccounts = 1_000_000, flushMs = 500 } = options
  const log = await openSeenLog({ file, max: maxAccounts, flushMs })
  return {
    name: 'account_days',
    daysAfter: (accountId, afterMs) => log.table.daysAfter(accountId, afterMs),
    accept: ({ outcome, facts, arrival }) => {
      const id = outcome === 'served' ? facts?.known('account.id') : undefined
      if (id !== undefined && log.table.see(id, arrival.atMs)) log.note(id)
    },
    close: () => log.close(),
  }
}
