import type { AccountsSummary } from './summary.ts'

/** Counts the accounts that calls name, and which of them nobody knows. Memory grows with accounts. */
export type NamedAccounts = {
  /** Takes the account of one call; `undefined` for a call without. */
  count(account: string | undefined): void
  summary(): AccountsSummary
}

/** Counts against a file of accounts: a wrong one makes every caller a stranger, and nobody is proven. */
export const createNamedAccounts = (isKnown: (account: string) => boolean): NamedAccounts => {
  const known = new Set<string>()
  const unknown = new Set<string>()
  let unknownCalls = 0
  return {
    count: (account) => {
      if (account === undefined || known.has(account)) return
      if (isKnown(account)) known.add(account)
      else {
        unknown.add(account)
        unknownCalls++
      }
    },
    summary: () => ({
      named: known.size + unknown.size,
      unknown: unknown.size,
      unknown_calls: unknownCalls,
    }),
  }
}
