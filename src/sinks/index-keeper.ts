import { readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDamage, openIndexDatabase, type IndexDatabase } from './index-database.ts'
import type { IndexReport, IndexWorkerData } from './index-protocol.ts'
import { indexRowOf, type IndexRow } from './index-row.ts'
import { segmentLines } from './segment-lines.ts'
import { listSegments } from './segments.ts'

/** Keeps an index usable: opens it, replaces a damaged one, fills it from the segments. */
export type IndexKeeper = {
  /** Runs work on the index; `undefined` where there is no usable one or the work failed. */
  use<T>(work: (database: IndexDatabase) => T): T | undefined
  /** Adds rows and drops the oldest; the number of new ones, `undefined` where it could not. */
  insert(rows: readonly IndexRow[]): number | undefined
  /** Brings in what the segments hold and the index does not. Never rejects. */
  catchUp(): Promise<void>
  close(): void
}

const RETRY_MS = 1_000
/** A disk that damages every file must not be written full of them. */
const DAMAGE_PAUSE_MS = 60_000
const PRUNED_AT_ONCE = 2_000
const CATCH_UP_BYTES = 16 * 1024 * 1024

const words = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'unknown'

/**
 * A damaged file is moved aside (the newest such file is kept for whoever wants to look) and a new one is
 * made. Where no file can be opened at all (no space, no permission, no folder), opening is tried again
 * at most once a second, and everything asked in between goes without an index.
 */
export const createIndexKeeper = (
  data: IndexWorkerData,
  report: (report: IndexReport) => void,
): IndexKeeper => {
  let database: IndexDatabase | undefined
  let triedMs = -Infinity
  let movedMs = -Infinity
  let unusable = false
  let empty = false
  let filling: Promise<void> | undefined
  let closed = false

  const moveAside = (because: string): void => {
    if (performance.now() - movedMs < DAMAGE_PAUSE_MS) throw new Error(because)
    movedMs = performance.now()
    const folder = dirname(data.path)
    const prefix = `${basename(data.path)}.damaged-`
    for (const name of readdirSync(folder)) {
      if (name.startsWith(prefix)) rmSync(join(folder, name), { force: true })
    }
    const to = `${data.path}.damaged-${Date.now()}`
    renameSync(data.path, to)
    // A log of the old file would be applied to the new one.
    for (const suffix of ['-wal', '-shm']) rmSync(data.path + suffix, { force: true })
    report({ what: 'moved_aside', to, because })
  }

  const notUsable = (error: unknown): void => {
    if (!unusable) report({ what: 'unusable', because: words(error) })
    unusable = true
  }

  const opened = (): IndexDatabase | undefined => {
    if (database !== undefined || closed) return database
    if (performance.now() - triedMs < RETRY_MS) return undefined
    triedMs = performance.now()
    try {
      try {
        database = openIndexDatabase(data.path)
      } catch (error) {
        if (!isDamage(error)) throw error
        moveAside(words(error))
        database = openIndexDatabase(data.path)
      }
      empty ||= database.created
    } catch (error) {
      notUsable(error)
    }
    return database
  }

  const letGo = (): void => {
    try {
      database?.close()
    } catch {
      // The file is beyond use either way.
    }
    database = undefined
  }

  const use = <T>(work: (database: IndexDatabase) => T): T | undefined => {
    const current = opened()
    if (current === undefined) return undefined
    try {
      return work(current)
    } catch (error) {
      // A full disk or a lost file: a new opening finds out whether it is over.
      letGo()
      if (!isDamage(error)) {
        notUsable(error)
        return undefined
      }
      try {
        moveAside(words(error))
        triedMs = -Infinity
        void catchUp()
      } catch (further) {
        notUsable(further)
      }
      return undefined
    }
  }

  const insert = (rows: readonly IndexRow[]): number | undefined => {
    const added = use((current) => {
      const fresh = current.insert(rows)
      current.prune(data.maxRows, PRUNED_AT_ONCE)
      return fresh
    })
    // Only a write tells that writing works: a full disk still opens and reads.
    if (added !== undefined && unusable) report({ what: 'usable' })
    if (added !== undefined) unusable = false
    return added
  }

  const sampled = new Map<string, number>()
  const isWanted = (row: IndexRow): boolean => {
    if (row.notable) return true
    const key = `${row.outcome} ${Math.floor(row.atMs / 1000)}`
    const count = (sampled.get(key) ?? 0) + 1
    sampled.set(key, count)
    return count <= data.perSecond
  }

  const fill = async (options: { bytes: number; sample: boolean }): Promise<void> => {
    const segments = (await listSegments(data.segments)).toReversed()
    let bytesLeft = options.bytes
    let rows = 0
    let read = 0
    for (const { path, sizeBytes } of segments) {
      if (bytesLeft <= 0 || rows >= data.maxRows || closed) break
      read++
      for await (const lines of segmentLines(path, Math.max(0, sizeBytes - bytesLeft))) {
        const found = lines.flatMap((line) => indexRowOf(line) ?? [])
        const wanted = found.filter((row) => (options.sample ? isWanted(row) : row.notable))
        rows += insert(wanted) ?? 0
      }
      bytesLeft -= sizeBytes
      sampled.clear()
    }
    if (rows > 0 || (options.sample && read > 0)) report({ what: 'rebuilt', rows, segments: read })
  }

  const catchUp = (): Promise<void> => {
    filling ??= (async () => {
      opened()
      const sample = empty
      empty = false
      const bytes = sample ? data.rebuildBytes : CATCH_UP_BYTES
      await fill({ bytes, sample }).catch(() => undefined)
      filling = undefined
      // Damage met meanwhile asks for another round.
      if (empty) await catchUp()
    })()
    return filling
  }

  return {
    use,
    insert,
    catchUp,
    close() {
      closed = true
      letGo()
    },
  }
}
