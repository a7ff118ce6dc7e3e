import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DirtySlots } from './dirty-slots.ts'
import type { HashKey } from './fingerprint.ts'
import { createJournalFile, type JournalFile } from './journal-file.ts'
import { encodeHeader, encodeRecord, RECORD_BYTES } from './journal-format.ts'
import type { LimitsProblem } from './limits-problem.ts'
import type { Slots } from './slots.ts'

/** Options of {@link createJournal}. */
export type JournalOptions = {
  readonly path: string
  readonly hashKey: HashKey
  readonly slots: Slots
  readonly dirty: DirtySlots
  /** Called before every round: the place to release expired counters. */
  readonly beforeRound: () => void
  readonly onProblem: (problem: LimitsProblem) => void
  /** Well below a second, since that is what a crash may lose. */
  readonly flushEveryMs?: number
}

/** Counters on disk. */
export type Journal = {
  stats(): { readonly sizeBytes: number; readonly failures: number; readonly waiting: number }
  /** Writes down what changed until now; never rejects, failures are reported. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** A slice takes about a millisecond to encode. */
const SLICE_RECORDS = 4_096
const MIN_COMPACT_BYTES = 4 * 1024 * 1024
const FLUSH_EVERY_MS = 400
/** A full disk is tried again after at most so many intervals, since a try may write everything. */
const MAX_PAUSE = 10

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)

/**
 * Appends changed counters to a file a few times a second and rewrites the file from the table when it
 * has grown to three times its size after the last rewrite. All writing happens in slices between which
 * the event loop runs. A rewrite goes to a new file that replaces the old one when it is whole and on
 * the disk; until then changes go to both. Every start begins with one, so that a torn tail is never
 * appended to. Appends are not flushed to the disk one by one: a killed process loses what changed
 * since the last round, a machine without power what the system had not written yet.
 *
 * One process owns a file. A file that was moved or removed under it is written anew.
 */
export const createJournal = (options: JournalOptions): Journal => {
  const { path, hashKey, slots, dirty, beforeRound, onProblem } = options
  const { flushEveryMs = FLUSH_EVERY_MS } = options
  const bytes = new Uint8Array(SLICE_RECORDS * RECORD_BYTES)
  const view = new DataView(bytes.buffer)
  const record = { hi: 0, lo: 0, used: 0, previous: 0, expiresMs: 0 }
  let file: JournalFile | undefined
  let compactAtBytes = MIN_COMPACT_BYTES
  let flushedAtMs = 0
  let failures = 0
  let pause = 0

  const encode = (slot: number, at: number): void => {
    record.hi = slots.hi(slot)
    record.lo = slots.lo(slot)
    record.used = slots.used(slot)
    record.previous = slots.previous(slot)
    record.expiresMs = slots.expiresMs(slot)
    encodeRecord(view, at * RECORD_BYTES, record, hashKey)
  }

  const appendDirty = async (files: readonly JournalFile[]): Promise<void> => {
    flushedAtMs = performance.now()
    for (let left = dirty.count(); left > 0;) {
      const taken: number[] = []
      for (; taken.length < SLICE_RECORDS && left > 0; left--) {
        const slot = dirty.take()
        if (!slots.isLive(slot)) continue
        encode(slot, taken.length)
        taken.push(slot)
      }
      try {
        for (const each of files) await each.append(bytes.subarray(0, taken.length * RECORD_BYTES))
      } catch (error) {
        for (const slot of taken) dirty.mark(slot)
        throw error
      }
    }
  }

  const writeAll = async (next: JournalFile): Promise<void> => {
    const files = file === undefined ? [next] : [file, next]
    await next.append(encodeHeader(hashKey))
    for (let slot = 0; slot < slots.highWater();) {
      let records = 0
      for (; records < SLICE_RECORDS && slot < slots.highWater(); slot++) {
        if (slots.isLive(slot)) encode(slot, records++)
      }
      await next.append(bytes.subarray(0, records * RECORD_BYTES))
      if (performance.now() - flushedAtMs > flushEveryMs) await appendDirty(files)
    }
    await appendDirty(files)
  }

  const compact = async (): Promise<void> => {
    const next = await createJournalFile(`${path}.tmp`)
    try {
      await writeAll(next)
      await next.publish(path)
    } catch (error) {
      await next.close().catch(() => undefined)
      await rm(`${path}.tmp`, { force: true }).catch(() => undefined)
      compactAtBytes += MIN_COMPACT_BYTES
      throw error
    }
    await file?.close()
    file = next
    compactAtBytes = Math.max(MIN_COMPACT_BYTES, 3 * next.sizeBytes())
  }

  const write = async (): Promise<void> => {
    if (file !== undefined && !(await file.isAt(path))) {
      await file.close()
      file = undefined
    }
    if (file === undefined) {
      await mkdir(dirname(path), { recursive: true })
      await compact()
    } else {
      await appendDirty([file])
      if (file.sizeBytes() > compactAtBytes) await compact()
    }
  }

  const round = async (): Promise<void> => {
    beforeRound()
    try {
      await write()
      if (failures > 0) onProblem({ kind: 'journal_recovered', failures })
      failures = 0
      pause = 0
    } catch (error) {
      failures++
      pause = Math.min(failures, MAX_PAUSE)
      if (failures === 1) onProblem({ kind: 'journal_failing', code: codeOf(error) })
    }
  }

  let running: Promise<void> | undefined
  const start = (): Promise<void> => {
    running = round().finally(() => {
      running = undefined
    })
    return running
  }
  /** A round that begins after the running one, as that may already have passed a change by. */
  const flush = (): Promise<void> => (running === undefined ? start() : running.then(flush))
  const timer = setInterval(() => {
    if (running === undefined && pause-- <= 0) void start()
  }, flushEveryMs).unref()
  void start()

  return {
    stats: () => ({ sizeBytes: file?.sizeBytes() ?? 0, failures, waiting: dirty.count() }),
    flush,
    close: async () => {
      clearInterval(timer)
      await flush()
      await file?.sync().catch(() => undefined)
      await file?.close().catch(() => undefined)
      file = undefined
    },
  }
}
