import type { Call } from '../core/call.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { SignalSource } from '../core/seams.ts'
import type { RecordedCall } from '../core/trace.ts'
import { ACCOUNT_FACTS, NO_ACCOUNT } from '../signals/account-findings.ts'
import { createSeenTable } from '../signals/account-seen-table.ts'
import { readAccount } from '../signals/account-source.ts'
import type { AccountTable } from '../signals/account-table.ts'
import type { Learner } from '../signals/sighting.ts'

/** Accounts whose days are counted. */
const MAX_ACCOUNTS = 10_000_000

/** The accounts of a replay. */
export type TraceAccounts = {
  /** Answers for the account that the call under way names. */
  readonly source: SignalSource
  /** Counts the days of use that follow the first line of the trace. */
  readonly days: Learner
  /** Whose an account is; `undefined` for one that the file does not hold. */
  entityOf(account: string): string | undefined
}

/**
 * Answers as the accounts file does live, by the account that the trace names in place of a credential.
 * `active_days` of the file is as of the first call; days of use later than that are added.
 */
export const createTraceAccounts = (options: {
  readonly table: AccountTable
  readonly hashEndUser: KeyedHash
  /** The call under way. */
  readonly current: () => RecordedCall | undefined
}): TraceAccounts => {
  const { table, hashEndUser, current } = options
  const seen = createSeenTable(MAX_ACCOUNTS)
  const reader = {
    hashEndUser,
    daysAfter: (id: string, afterMs: number) => seen.daysAfter(id, afterMs),
  }
  let asOfMs: number | undefined
  return {
    source: {
      name: 'account_file',
      provides: ACCOUNT_FACTS,
      budgetMs: 5,
      wave: 0,
      read: (call: Call) => {
        asOfMs ??= call.atMs
        const id = current()?.account
        const account = id === undefined ? undefined : table.byId(id)
        return account === undefined ? NO_ACCOUNT : readAccount(account, call, asOfMs, reader)
      },
    },
    days: {
      name: 'account_days',
      learn: ({ served, account, atMs }) => {
        if (served && account !== undefined) seen.see(account, atMs)
      },
      close: () => Promise.resolve(),
    },
    entityOf: (account) => table.byId(account)?.entity,
  }
}
