import type { Call } from '../core/call.ts'
import type { Findings } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { SignalSource } from '../core/seams.ts'
import type { Account } from './account.ts'
import { findingsOf } from './account-findings.ts'

/** A source of account facts that operators can also ask by account. */
export interface AccountSource extends SignalSource {
  /** Facts of an account at a moment; `undefined` where this source does not hold it. */
  lookup(accountId: string, nowMs: number): Findings | undefined
  close(): Promise<void>
}

/** How an account answers one call. */
export type AccountReader = {
  /** Keyed hash for end users named by a reseller's calls. */
  readonly hashEndUser: KeyedHash
  /** Days on which an account made a call after a moment; without it no days are added. */
  readonly daysAfter?: ((accountId: string, afterMs: number) => number) | undefined
}

/**
 * Facts of an account for a call. A reseller's call belongs to the end user it names, as
 * `account/keyed hash`; one that names nobody belongs to the reseller itself, whose budget is one.
 * `asOfMs` is the moment `active_days` was counted at.
 */
export const readAccount = (
  account: Account,
  call: Call,
  asOfMs: number,
  { hashEndUser, daysAfter }: AccountReader,
): Findings => {
  const endUser = account.reseller ? call.ask.endUser : undefined
  if (endUser === undefined && daysAfter === undefined) return findingsOf(account, call.atMs)
  return findingsOf(account, call.atMs, {
    entity: endUser === undefined ? account.entity : `${account.id}/${hashEndUser(endUser)}`,
    laterDays: daysAfter?.(account.id, asOfMs) ?? 0,
  })
}
