import { openSeenLog, type SeenLogOptions } from './account-seen-log.ts'
import type { Learner } from './sighting.ts'

/** Counts the days on which accounts made a call, for sources whose count ends when it was exported. */
export interface AccountDays extends Learner {
  /** UTC days after the day of `afterMs` on which the account was served; at most the last 64. */
  daysAfter(accountId: string, afterMs: number): number
}

/**
 * Days of use beside an account source. Only served calls count: being refused every day is no tenure.
 * Kept in `file` like every other sight; a full table counts no days for further accounts.
 */
export const createAccountDays = async (
  options: Omit<SeenLogOptions, 'max'> & { readonly maxAccounts?: number },
): Promise<AccountDays> => {
  const { maxAccounts = 1_000_000, ...file } = options
  const log = await openSeenLog({ ...file, max: maxAccounts })
  return {
    name: 'account_days',
    daysAfter: (accountId, afterMs) => log.table.daysAfter(accountId, afterMs),
    learn: ({ served, account, atMs }) => {
      if (served && account !== undefined && log.table.see(account, atMs)) log.note(account)
    },
    close: () => log.close(),
  }
}
