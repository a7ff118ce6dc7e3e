import type { Call } from '../core/call.ts'
import type { FactName, Findings } from '../core/facts.ts'
import { daysBetween, NO_ACCOUNT } from './account-findings.ts'
import { openSeenLog, type SeenLog, type SeenLogOptions } from './account-seen-log.ts'
import type { AccountSource } from './account-source.ts'
import type { Learner } from './sighting.ts'

/** What the source of an installation without accounts is made of. */
export type AccountSeenOptions = Omit<SeenLogOptions, 'max'> & {
  /** Accounts kept; when that many are known, new ones stay unknown. */
  readonly maxAccounts?: number
}

/** Credentials that an upstream has accepted, as accounts of their own. */
export interface AccountSeenSource extends AccountSource, Learner {
  readonly name: string
  close(): Promise<void>
  state(): ReturnType<SeenLog['state']> & { readonly accounts: number }
}

const PROVIDES = [
  'account.known',
  'account.id',
  'account.entity',
  'account.age_days',
  'account.active_days',
  'account.status',
  'account.verified',
] as const satisfies readonly FactName[]

const MAX_ACCOUNTS = 1_000_000

/**
 * Accounts for an installation that has no account source: a credential becomes an account, named by its
 * keyed hash, once the upstream has answered a call of it with 2xx. Only calls that cost something count,
 * since some APIs list their models to anybody. Any other credential leaves no trace here. Nothing is
 * known of how such an account pays.
 */
export const createAccountSeen = async (
  options: AccountSeenOptions,
): Promise<AccountSeenSource> => {
  const { maxAccounts = MAX_ACCOUNTS, ...file } = options
  const log = await openSeenLog({ ...file, max: maxAccounts })

  const lookup = (id: string, nowMs: number): Findings | undefined => {
    const row = log.table.row(id)
    if (row === undefined) return undefined
    return {
      'account.known': true,
      'account.id': id,
      'account.entity': id,
      'account.age_days': daysBetween(row.firstSeenS * 1000, nowMs),
      'account.active_days': row.days,
      'account.status': 'active',
      'account.verified': 'none',
    }
  }
  return {
    name: 'account_seen',
    provides: PROVIDES,
    budgetMs: 5,
    wave: 0,
    read: (call: Call) =>
      (call.credential === undefined ? undefined : lookup(call.credential.id, call.atMs)) ??
      NO_ACCOUNT,
    lookup,
    learn: ({ credential, atMs }) => {
      if (credential !== undefined && log.table.see(credential, atMs)) log.note(credential)
    },
    state: () => ({ ...log.state(), accounts: log.table.size }),
    close: () => log.close(),
  }
}
