import type { Clearance, ClearanceLedger } from '../core/challenge.ts'
import { LedgerFailure } from '../core/ledger.ts'
import type { Clock } from '../core/seams.ts'
import type { ClearanceTable } from './clearance-table.ts'
import { decideHere } from './decide-here.ts'
import { createLedgerFile, readLedgerFile } from './own-ledger-file.ts'

/** What an operator must know of a ledger on disk. */
export type OwnLedgerProblem =
  /** Lines that are not as they were written; those clearances are forgotten. */
  | { readonly kind: 'clearances_damaged'; readonly corruptLines: number }
  /** Clearances can be read or written no more (told once); none is granted until they can be again. */
  | { readonly kind: 'clearances_failing'; readonly code: string }
  /** They can be again. */
  | { readonly kind: 'clearances_recovered'; readonly failures: number }

/** The truth about clearances in a file of this process. */
export type OwnLedger = ClearanceLedger & {
  stats(): { readonly bytes: number; readonly failures: number }
  close(): void
}

const MIN_COMPACT_BYTES = 1024 * 1024

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/**
 * A ledger over a table and a file that only this process writes. What it has said `claimed` to stands in
 * the file by then and outlives kill -9; what it cannot write down it does not grant. The file is written
 * anew without what has run out at the start, and when it has grown to three times its size after that.
 *
 * Limits: one that was not read in the first place (the disk is broken) grants nothing until it can be.
 * A machine that loses its power may forget the last seconds.
 */
export const openOwnLedger = (options: {
  readonly file: string
  /** Also what calls are judged by. */
  readonly table: ClearanceTable
  readonly clock: Clock
  readonly onProblem?: (problem: OwnLedgerProblem) => void
}): OwnLedger => {
  const { file: path, table, clock, onProblem = () => undefined } = options
  const all = (): readonly Clearance[] => table.inForce(clock.now())
  const file = createLedgerFile(path, all)
  let isRead = false
  let compactAtBytes = MIN_COMPACT_BYTES
  let failures = 0

  const failed = (error: unknown): LedgerFailure => {
    if (failures++ === 0) onProblem({ kind: 'clearances_failing', code: codeOf(error) })
    return new LedgerFailure('unreachable', `clearances cannot be kept: ${codeOf(error)}`, {
      cause: error,
    })
  }
  const compact = (): void => {
    try {
      file.replace(all())
      compactAtBytes = Math.max(MIN_COMPACT_BYTES, 3 * file.bytes())
    } catch {
      // The old file holds everything; the next attempt is a while away.
      compactAtBytes = file.bytes() + MIN_COMPACT_BYTES
    }
  }
  const read = (): void => {
    if (isRead) return
    const { clearances, corruptLines } = readLedgerFile(path)
    isRead = true
    for (const clearance of clearances) table.take(clearance)
    if (corruptLines > 0) onProblem({ kind: 'clearances_damaged', corruptLines })
    if (clearances.length > 0 || corruptLines > 0) compact()
  }
  const write = (clearance: Clearance): void => {
    try {
      read()
      file.append(clearance)
    } catch (error) {
      throw failed(error)
    }
    if (failures > 0) onProblem({ kind: 'clearances_recovered', failures })
    failures = 0
    table.take(clearance)
    if (file.bytes() > compactAtBytes) compact()
  }
  const ready = (): void => {
    try {
      read()
    } catch (error) {
      throw failed(error)
    }
  }
  try {
    read()
  } catch (error) {
    failed(error)
  }

  return {
    // Nothing in here waits, so that of two claims one is carried out before the other begins.
    claim: async (clearance, answerableUntilMs) => {
      ready()
      return decideHere({ table, clearance, answerableUntilMs, nowMs: clock.now(), write })
    },
    of: async (subject) => {
      ready()
      return table.of(subject, clock.now())
    },
    put: async (clearance) => {
      if (clearance.expiresMs > clock.now()) write(clearance)
    },
    stats: () => ({ bytes: file.bytes(), failures }),
    close: () => file.close(),
  }
}
