import { LRUCache } from 'lru-cache'
import type { Account } from './account.ts'

/** What is remembered of a credential: its account, that there is none, or that its answer was no use. */
export type Remembered =
  | {
      readonly kind: 'account'
      readonly account: Account
      readonly atMs: number
      /** Not asked for again before this moment: asking just failed. */
      readonly askAfterMs?: number
    }
  | { readonly kind: 'none' | 'unusable'; readonly atMs: number }

/** Answers of an account source by keyed hash of the credential, in bounded memory. */
export interface AccountCache {
  get(credentialId: string): Remembered | undefined
  set(credentialId: string, answer: Remembered): void
  /** The account last seen under an id; walks the whole cache, so for operators only. */
  find(accountId: string): Account | undefined
  readonly accounts: number
  readonly others: number
}

/**
 * Accounts and all other answers are kept apart, each with its own bound: a flood of made-up credentials
 * pushes out made-up credentials and nothing else.
 */
export const createAccountCache = (bounds: {
  readonly accounts: number
  readonly others: number
}): AccountCache => {
  const accounts = new LRUCache<string, Remembered & { readonly kind: 'account' }>({
    max: bounds.accounts,
  })
  const others = new LRUCache<string, Remembered>({ max: bounds.others })
  return {
    get: (id) => accounts.get(id) ?? others.get(id),
    set: (id, answer) => {
      if (answer.kind === 'account') {
        others.delete(id)
        accounts.set(id, answer)
      } else if (answer.kind === 'none') {
        accounts.delete(id)
        others.set(id, answer)
      } else others.set(id, answer)
    },
    find: (accountId) => {
      for (const { account } of accounts.values()) {
        if (account.id === accountId) return account
      }
      return undefined
    },
    get accounts() {
      return accounts.size
    },
    get others() {
      return others.size
    },
  }
}
