import { UNKNOWN, type Unknown } from '../core/facts.ts'
import type { Problem } from '../core/problem.ts'
import { openMmdb, type MmdbDatabase, type MmdbUse } from './mmdb-open.ts'
import { openWatchedFile, type WatchingOptions } from './watched-file.ts'

/** What {@link createMmdbReader} needs. */
export type MmdbReaderOptions<T extends object> = {
  readonly file: string
  readonly use: MmdbUse<T>
  /** Rejects at the start where the file cannot be used, in place of going on without it. */
  readonly required?: boolean
  /** Told of a file that cannot be used: at the start, and for every bad replacement. */
  readonly onProblem: (problem: Problem) => void
  /** Told of every database that goes into use. */
  readonly onLoaded?: (status: MmdbStatus) => void
  /** How the file is watched, as {@link openWatchedFile} takes it. */
  readonly watching?: WatchingOptions
}

/** What is in use, for health and console. */
export type MmdbStatus = {
  readonly file: string
  readonly loaded: boolean
  readonly databaseType: string | undefined
  readonly builtAtMs: number | undefined
  /** What is wrong with the file that lies there now; the last good one may still be in use. */
  readonly problem: Problem | undefined
}

/** A database file in use, replaced as a whole when a better one comes. */
export interface MmdbReader<T extends object> {
  /** Grows with every replacement: what was derived from earlier answers is to be dropped. */
  readonly revision: number
  /** Of a canonical address: its record, `absent` where there is none, `failed` without a database. */
  find(address: string): T | Unknown
  status(): MmdbStatus
  close(): Promise<void>
}

// Enterprise databases have some 400 MB.
const MAX_BYTES = 1024 * 1024 * 1024

/**
 * Opens a MaxMind DB file and keeps it fresh. Every file is checked whole before it goes into use
 * ({@link openMmdb}); a bad one is reported and the last good one stays. Without any good file every
 * address is unknown (`failed`). The library's own watching is not used: it crashes on a bad file.
 */
export const createMmdbReader = async <T extends object>(
  options: MmdbReaderOptions<T>,
): Promise<MmdbReader<T>> => {
  const { file, use } = options
  let database: MmdbDatabase<T> | undefined
  let problem: Problem | undefined
  let revision = 0

  const status = (): MmdbStatus => ({
    file,
    loaded: database !== undefined,
    databaseType: database?.databaseType,
    builtAtMs: database?.builtAtMs,
    problem,
  })
  const report = (what: string, instead: string): void => {
    const kept =
      database === undefined ? 'nothing is known from it' : 'the last good one stays in use'
    problem = { file, line: 1, col: 1, what: `${what}; ${kept}`, instead }
    options.onProblem(problem)
  }
  const take = async (bytes: Buffer): Promise<void> => {
    const opened = await openMmdb(bytes, use)
    if (!opened.ok) {
      report(`not ${use.name} that can be used: ${opened.flaw}`, `put ${use.name} (.mmdb) there`)
      return
    }
    database = opened.database
    problem = undefined
    revision++
    options.onLoaded?.(status())
  }

  const watched = await openWatchedFile({
    file,
    maxBytes: MAX_BYTES,
    take,
    onFlaw: (what, instead) => report(`${use.name}: ${what}`, instead),
    ...options.watching,
  })
  if (options.required === true && database === undefined) {
    await watched.close()
    throw new Error(`${file}: ${use.name} is required and cannot be used`)
  }

  return {
    get revision() {
      return revision
    },
    find: (address) => {
      if (database === undefined) return UNKNOWN.failed
      try {
        return database.lookup(address) ?? UNKNOWN.absent
      } catch {
        return UNKNOWN.failed
      }
    },
    status,
    close: () => watched.close(),
  }
}
