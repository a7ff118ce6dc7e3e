import { unlink } from 'node:fs/promises'
import type { Clock } from '../core/seams.ts'
import { createLineBuffer } from './line-buffer.ts'
import { openSegmentFile, type SegmentFile } from './segment-file.ts'
import { pruneSegments } from './segments.ts'

/** Options of the decision log; sizes in bytes, times in milliseconds. */
export type DecisionLogOptions = {
  /** Folder of the segments; made where it is missing. */
  readonly directory: string
  /** Names the segments. */
  readonly clock: Clock
  readonly flushMs?: number
  readonly flushBytes?: number
  readonly segmentBytes?: number
  readonly segmentMs?: number
  readonly retainBytes?: number
  /** What may wait for the disk; further records are dropped. */
  readonly bufferBytes?: number
  /** Pause after a failed write. */
  readonly retryMs?: number
  /** Told of records that will never be written. */
  readonly onDrop: (count: number) => void
  /** Told when writing starts to fail, and with `undefined` when it works again. */
  readonly onTrouble?: (problem: unknown) => void
}

/** The archive of decision records: one JSON line each, in segments. */
export type DecisionLog = {
  /** Takes a record, without its line feed. Never throws, never waits. */
  append(line: string): void
  /** Resolves once everything taken so far is written or given up. Never rejects. */
  flush(): Promise<void>
  /** Writes what is left, once, and closes the segment. Never rejects. */
  close(): Promise<void>
}

const MIB = 1024 * 1024

/**
 * Writes records to `directory` in segments that are changed by size and age; the oldest are deleted when
 * all together exceed `retainBytes`. Records reach the operating system within `flushMs` or `flushBytes`,
 * so that a killed process loses at most that; a crash of the machine may lose what the system had not yet
 * written. While the disk is full or read-only, records wait up to `bufferBytes`, then the newest are
 * dropped and counted; writing goes on by itself, in a new segment. Known limit: a disk that hangs
 * instead of failing holds `close` up; whoever stops the process sets the deadline.
 */
export const createDecisionLog = (options: DecisionLogOptions): DecisionLog => {
  const { directory, clock, onDrop, onTrouble } = options
  const flushMs = options.flushMs ?? 500
  const flushBytes = options.flushBytes ?? MIB
  const segmentBytes = options.segmentBytes ?? 64 * MIB
  const segmentMs = options.segmentMs ?? 3_600_000
  const retainBytes = options.retainBytes ?? 2 * 1024 * MIB
  const bufferBytes = options.bufferBytes ?? 32 * MIB
  const retryMs = options.retryMs ?? 1_000

  const waiting = createLineBuffer()
  let segment: SegmentFile | undefined
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let failing = false
  let closed = false

  const trouble = (problem: unknown): void => {
    const now = problem !== undefined
    if (now === failing) return
    failing = now
    onTrouble?.(problem)
  }

  const segmentFor = async (atMs: number): Promise<SegmentFile> => {
    const old = segment
    const spent =
      old !== undefined &&
      (old.sizeBytes >= segmentBytes || Math.abs(atMs - old.openedAtMs) >= segmentMs)
    if (old !== undefined && !spent && !(await old.deleted())) return old
    segment = undefined
    await old?.close()
    const made = await openSegmentFile(directory, atMs)
    segment = made
    await pruneSegments(directory, retainBytes, made.path, unlink).catch(() => 0)
    return made
  }

  /** Writes the oldest batch as far as possible, and says how many bytes of it that were. */
  const writeBatch = async (bytes: Buffer): Promise<number> => {
    let done = 0
    let problem: unknown
    try {
      const file = await segmentFor(clock.now())
      const appended = await file.append(bytes)
      problem = appended.problem
      done = appended.bytes
      // A segment that failed is closed: what is left goes into a new one.
      if (problem !== undefined) segment = undefined
    } catch (error) {
      problem = error
    }
    waiting.drop(done)
    trouble(problem)
    return done
  }

  /**
   * Writes what waits now, and no more: under load, whoever chases the newest record never catches up
   * and writes a few records at a time, which costs the process more than making them.
   */
  const writeAll = async (): Promise<void> => {
    let leftBytes = waiting.sizeBytes
    for (let batch = waiting.peek(); batch !== undefined && leftBytes > 0; batch = waiting.peek()) {
      const bytes = await writeBatch(batch.bytes)
      if (bytes === 0) break
      leftBytes -= bytes
    }
    writing = undefined
    if (waiting.lines > 0 && !closed) plan(failing ? retryMs : flushMs)
  }

  const start = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (waiting.lines === 0) return Promise.resolve()
    writing ??= writeAll()
    return writing
  }

  const plan = (ms: number): void => {
    timer ??= setTimeout(() => void start(), ms).unref()
  }

  return {
    append(line) {
      if (closed || waiting.sizeBytes + line.length > bufferBytes) {
        onDrop(1)
        return
      }
      waiting.push(line)
      if (writing !== undefined) return
      if (waiting.sizeBytes >= flushBytes && !failing) void start()
      else plan(flushMs)
    },
    async flush() {
      await writing
      if (waiting.lines > 0) await start()
    },
    async close() {
      closed = true
      await writing
      await start()
      if (waiting.lines > 0) onDrop(waiting.lines)
      waiting.clear()
      await segment?.close()
      segment = undefined
    },
  }
}
