import { hash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Credential } from '../core/call.ts'
import { Unknown } from '../core/facts.ts'
import type { Account } from './account.ts'
import { createInstrumentCounter } from './payment-instruments.ts'
import { createRecent } from '../core/recent.ts'

/** Accounts by id and by credential. Immutable to its readers; a reload makes a new one. */
export interface AccountTable {
  readonly size: number
  byId(id: string): Account | undefined
  byCredential(credential: Credential): Account | undefined
}

/** A table being filled. */
export interface AccountTableBuilder {
  /**
   * Takes an account with its credentials (as in the file: the secret, or `sha256:hex`) or answers what
   * it shares with an earlier one; then nothing of it is kept.
   */
  add(
    account: Account,
    credentials: readonly string[],
  ):
    | { readonly doubled: 'id' }
    | { readonly doubled: 'credential'; readonly of: string }
    | undefined
  /** Counts what needs all accounts and hands the table over. Yields to the event loop as it goes. */
  finish(): Promise<AccountTable>
}

const SHARDS = 64
const RECENT = 50_000
const ACCOUNTS_A_TURN = 2_000

/** The 32 bytes of a SHA-256 as a string of 32 one-byte characters: a quarter of the hex form. */
const digestOf = (credential: string): string =>
  credential.startsWith('sha256:') && credential.length === 71
    ? Buffer.from(credential.slice(7), 'hex').toString('latin1')
    : hash('sha256', credential, 'binary')

/** Growing one map of a million keys would stop the event loop for its whole length; a shard does not. */
const createShards = <V>(): Map<string, V>[] =>
  Array.from({ length: SHARDS }, () => new Map<string, V>())

const shardOf = <V>(shards: readonly Map<string, V>[], key: string): Map<string, V> => {
  const last = key.charCodeAt(key.length - 1)
  const before = key.length > 1 ? key.charCodeAt(key.length - 2) : 0
  // Ids mostly end in digits and letters; two characters spread well enough.
  return shards[(last * 31 + before) & (SHARDS - 1)] ?? new Map<string, V>()
}

/**
 * An empty table. Credentials are found by the SHA-256 of the secret, so a look-up takes the same steps
 * for a known and an unknown one and says nothing about how much of a guess was right. Known credentials
 * are remembered by their keyed hash, which spares the path a SHA-256 a call; unknown ones never are.
 */
export const createAccountTable = (): AccountTableBuilder => {
  const ids = createShards<Account>()
  const digests = createShards<Account>()
  const recent = createRecent<string, Account>(RECENT)
  let instruments = createInstrumentCounter()
  let size = 0

  const table: AccountTable = {
    get size() {
      return size
    },
    byId: (id) => shardOf(ids, id).get(id),
    byCredential: (credential) => {
      const known = recent.get(credential.id)
      if (known !== undefined) return known
      const digest = hash('sha256', credential.secret, 'binary')
      const account = shardOf(digests, digest).get(digest)
      if (account !== undefined) recent.set(credential.id, account)
      return account
    },
  }

  return {
    add: (account, credentials) => {
      if (shardOf(ids, account.id).has(account.id)) return { doubled: 'id' }
      const keys = credentials.map(digestOf)
      for (let index = 0; index < keys.length; index++) {
        const key = keys[index] ?? ''
        const owner = shardOf(digests, key).get(key)
        if (owner !== undefined) return { doubled: 'credential', of: owner.id }
        if (index > 0 && keys.indexOf(key) < index) return { doubled: 'credential', of: account.id }
      }
      shardOf(ids, account.id).set(account.id, account)
      for (const key of keys) shardOf(digests, key).set(key, account)
      if (!(account.instrument instanceof Unknown)) {
        instruments.add(account.instrument, account.entity)
      }
      size++
      return undefined
    },
    finish: async () => {
      let done = 0
      for (const shard of ids) {
        for (const account of shard.values()) {
          if (account.instrument instanceof Unknown) continue
          const said = account.instrumentEntities
          // The operator may know of entities outside this file; the larger count is the safer one.
          account.instrumentEntities = Math.max(
            said instanceof Unknown ? 0 : said,
            instruments.entities(account.instrument),
          )
          if (++done % ACCOUNTS_A_TURN === 0) await nextTurn()
        }
      }
      // The table's own functions would keep the counts alive for as long as it is used.
      instruments = createInstrumentCounter()
      return table
    },
  }
}
