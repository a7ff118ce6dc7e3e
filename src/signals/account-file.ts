import { stat } from 'node:fs/promises'
import { watch } from 'chokidar'
import type { Call } from '../core/call.ts'
import type { Findings } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import type { Account, AccountTools } from './account.ts'
import { ACCOUNT_FACTS, ACCOUNT_FAILED, findingsOf, NO_ACCOUNT } from './account-findings.ts'
import { digestOfFile, loadAccounts } from './account-load.ts'
import { readAccount, type AccountReader, type AccountSource } from './account-source.ts'
import type { AccountTable } from './account-table.ts'

/** How the accounts file stands. */
export type AccountFileState = {
  /** Accounts answered from; 0 before the first good load. */
  readonly accounts: number
  /** When the accounts in use were written, ms; `undefined` before the first good load. */
  readonly asOfMs: number | undefined
  /** What is wrong with the file as it lies there now; the last good content stays in use. */
  readonly problems: readonly Problem[]
}

/** What a file source is made of. */
export type AccountFileOptions = AccountTools &
  AccountReader & {
    readonly file: string
    /** Told after every load, good or bad; a load of unchanged content is not told. */
    readonly onLoad?: ((state: AccountFileState) => void) | undefined
    /** Quiet time after a change before the file is read. */
    readonly settleMs?: number
    /** How often the file is looked at even where no change was reported. */
    readonly pollMs?: number
  }

/** Accounts from a file, by credential. */
export interface AccountFileSource extends AccountSource {
  state(): AccountFileState
  /** The account itself, with the circumstances of its sign-up. */
  find(accountId: string): Account | undefined
}

type Stamp = { readonly key: string; readonly mtimeMs: number }

const stampOf = async (file: string): Promise<Stamp | undefined> => {
  try {
    const { ino, size, mtimeMs } = await stat(file)
    return { key: `${ino}:${size}:${mtimeMs}`, mtimeMs }
  } catch {
    return undefined
  }
}

/**
 * Answers from an accounts file and follows its changes, also a rename over it and a swapped symlink.
 * Resolves after the first load, good or bad. A file with a problem, an emptied one and a missing one
 * leave the last good content in use; before there was one every fact is unknown (`failed`).
 * A known limit: a file that is cut exactly at the end of a line and stays so reads as a shorter good
 * one, so write it elsewhere and rename it over the old one.
 */
export const createAccountFile = async (
  options: AccountFileOptions,
): Promise<AccountFileSource> => {
  const { file, settleMs = 100, pollMs = 1_000 } = options
  let current: { table: AccountTable; digest: string; asOfMs: number } | undefined
  let problems: readonly Problem[] = []
  /** Stamp of the content that was last looked into. */
  let seen: string | undefined
  let closed = false
  let running: Promise<void> | undefined
  let again: NodeJS.Timeout | undefined

  const state = (): AccountFileState => ({
    accounts: current?.table.size ?? 0,
    asOfMs: current?.asOfMs,
    problems,
  })
  const report = (found: readonly Problem[]): void => {
    problems = found
    options.onLoad?.(state())
  }
  const refuseFile = (what: string, instead: string): void =>
    report([{ file, line: 1, col: 1, what, instead }])

  const load = async (): Promise<void> => {
    const before = await stampOf(file)
    if (before?.key === seen && seen !== undefined) return
    if (before === undefined) {
      if (problems.length === 0 || seen !== undefined) {
        refuseFile('the accounts file is missing', 'put it back or name another one')
      }
      seen = undefined
      return
    }
    if (current !== undefined) {
      const digest = await digestOfFile(file).catch(() => undefined)
      if (digest === current.digest) {
        seen = before.key
        if (problems.length > 0) report([])
        return
      }
    }
    const loaded = await loadAccounts(file, options)
    if ((await stampOf(file))?.key !== before.key) return soon()
    seen = before.key
    if (!loaded.ok) return report(loaded.problems)
    if (loaded.table.size === 0 && current !== undefined && current.table.size > 0) {
      return refuseFile('the file holds no account any more', 'write it whole, then rename it here')
    }
    current = { table: loaded.table, digest: loaded.digest, asOfMs: before.mtimeMs }
    report([])
  }
  const look = (): void => {
    again = undefined
    if (closed) return
    if (running !== undefined) return soon()
    running = load().finally(() => {
      running = undefined
    })
  }
  const soon = (): void => {
    if (closed) return
    clearTimeout(again)
    again = setTimeout(look, settleMs).unref()
  }

  await load()
  const watcher = watch(file, { ignoreInitial: true }).on('all', soon)
  // What changed before the watcher stood is found by one more look.
  watcher.on('ready', soon)
  // Some changes nobody reports: no watches left, a network file system, a link whose folder was
  // swapped. The look every `pollMs` finds those.
  watcher.on('error', soon)
  const poll = setInterval(soon, pollMs).unref()

  return {
    name: 'account_file',
    provides: ACCOUNT_FACTS,
    budgetMs: 5,
    wave: 0,
    read: (call: Call): Findings => {
      if (current === undefined) return ACCOUNT_FAILED
      if (call.credential === undefined) return NO_ACCOUNT
      const account = current.table.byCredential(call.credential)
      return account === undefined
        ? NO_ACCOUNT
        : readAccount(account, call, current.asOfMs, options)
    },
    lookup: (accountId, nowMs) => {
      const account = current?.table.byId(accountId)
      if (account === undefined || current === undefined) return undefined
      const laterDays = options.daysAfter?.(accountId, current.asOfMs) ?? 0
      return findingsOf(account, nowMs, { entity: account.entity, laterDays })
    },
    find: (accountId) => current?.table.byId(accountId),
    state,
    close: async () => {
      closed = true
      clearTimeout(again)
      clearInterval(poll)
      await watcher.close()
      await running
    },
  }
}
