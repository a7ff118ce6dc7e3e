import type { Sink } from '../core/seams.ts'
import { openSeenLog, type SeenLogOptions } from './account-seen-log.ts'
import { sightingOf, type Learner } from './sighting.ts'

/** Counts the days on which accounts made a call, for sources whose count ends when it was exported. */
export interface AccountDays extends Learner, Sink {
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
  const learn: Learner['learn'] = ({ served, account, atMs }) => {
    if (served && account !== undefined && log.table.see(account, atMs)) log.note(account)
  }
  return {
    name: 'account_days',
    daysAfter: (accountId, afterMs) => log.table.daysAfter(accountId, afterMs),
    learn,
    accept: (event) => {
      const sighting = sightingOf(event, { hashNetwork: (network) => network })
      if (sighting !== undefined) learn(sighting)
    },
    close: () => log.close(),
  }
}
