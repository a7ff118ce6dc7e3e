import { copyFileSync } from 'node:fs'
import { LedgerFailure } from '../core/ledger.ts'
import type { Override, OverrideLedger } from '../core/override.ts'
import type { Clock } from '../core/seams.ts'
import { readOverrideFile, writeOverrideFile } from './override-file.ts'
import type { OverrideTable } from './override-table.ts'

/** What an operator must know of overrides on disk. */
export type OwnOverridesProblem =
  /** Lines that are not as they were written; those overrides are forgotten, the file is kept aside. */
  | { readonly kind: 'overrides_damaged'; readonly corruptLines: number }
  /** Overrides can be read or written no more (told once); none is set until they can be again. */
  | { readonly kind: 'overrides_failing'; readonly code: string }
  /** They can be again. */
  | { readonly kind: 'overrides_recovered'; readonly failures: number }

/** Overrides in a file that only this process writes. */
export type OwnOverrides = OverrideLedger & {
  /** Writes down what the table has heard elsewhere. False where the disk refuses; it was told then. */
  keep(): boolean
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/**
 * A ledger over a table and a file. What `put` has resolved for stands on the disk; what cannot be written
 * down is not set. Reads the file into the table at once; while that fails nothing is written, so that a
 * disk that comes back has lost nothing.
 */
export const openOwnOverrides = (options: {
  readonly file: string
  /** Also what calls are judged by. */
  readonly table: OverrideTable
  readonly clock: Clock
  readonly onProblem?: (problem: OwnOverridesProblem) => void
}): OwnOverrides => {
  const { file, table, clock, onProblem = () => undefined } = options
  let isRead = false
  let failures = 0

  const read = (): void => {
    if (isRead) return
    const { overrides, corruptLines } = readOverrideFile(file)
    isRead = true
    const nowMs = clock.now()
    for (const one of overrides) if (one.expiresMs > nowMs) table.take(one)
    if (corruptLines === 0) return
    copyFileSync(file, `${file}.damaged`)
    onProblem({ kind: 'overrides_damaged', corruptLines })
  }
  const failed = (error: unknown): LedgerFailure => {
    if (failures++ === 0) onProblem({ kind: 'overrides_failing', code: codeOf(error) })
    return new LedgerFailure('unreachable', `overrides cannot be kept: ${codeOf(error)}`, {
      cause: error,
    })
  }
  const write = (more: readonly Override[]): void => {
    try {
      read()
      const nowMs = clock.now()
      const news = new Map(more.map((one) => [one.id, one]))
      const known = table.all(nowMs).filter(({ id }) => !news.has(id))
      writeOverrideFile(file, [...known, ...more])
    } catch (error) {
      throw failed(error)
    }
    if (failures > 0) onProblem({ kind: 'overrides_recovered', failures })
    failures = 0
  }
  try {
    read()
  } catch (error) {
    failed(error)
  }

  return {
    put: async (override) => {
      // What the table knows of it may be the later word.
      const known = table.get(override.id, clock.now())
      if (known?.ended !== undefined) return
      write([override])
      table.take(override)
    },
    load: async () => {
      try {
        read()
      } catch (error) {
        throw failed(error)
      }
      return table.all(clock.now())
    },
    keep: () => {
      try {
        write([])
        return true
      } catch {
        return false
      }
    },
  }
}
