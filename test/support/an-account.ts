import type { KeyedHash } from '../../src/core/keyed-hash.ts'
import { ACCOUNT_RECORD, type AccountRecord } from '../../src/signals/account-record.ts'
import { prepareAccount, type Account, type AccountTools } from '../../src/signals/account.ts'

/** A hash that shows what it was made of, so that a test can read it. */
export const plainHash: KeyedHash = (value) => `hash(${value})`

/** What every account source needs, with hashes a test can read. */
export const accountTools: AccountTools & { readonly hashEndUser: KeyedHash } = {
  hashInstrument: plainHash,
  hashEndUser: plainHash,
}

/** A checked record of an account that pays, with whatever a test wants to be different. */
export const aRecord = (changes: Readonly<Record<string, unknown>> = {}): AccountRecord =>
  ACCOUNT_RECORD.parse({ id: 'acct_1', ...changes })

/** The same, ready to answer. */
export const anAccount = (
  changes: Readonly<Record<string, unknown>> = {},
  tools: Partial<AccountTools> = {},
): Account => prepareAccount(aRecord(changes), { ...accountTools, ...tools })
