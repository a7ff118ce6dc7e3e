import { createReadStream } from 'node:fs'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { eachLine } from './account-lines.ts'
import { formatSeenLine, parseSeenLine } from './account-seen-line.ts'
import { createSeenTable, type SeenTable } from './account-seen-table.ts'

/** A table of sights that survives a restart. */
export interface SeenLog {
  readonly table: SeenTable
  /** Writes the row of a key soon, within `flushMs`. Never blocks and never throws. */
  note(key: string): void
  /** Sights that could not be kept for want of room, and whether the disk takes writes. */
  state(): { readonly unkept: number; readonly failing: boolean }
  close(): Promise<void>
}

/** Options of {@link openSeenLog}. */
export type SeenLogOptions = {
  readonly file: string
  /** Keys kept; further ones stay unknown. */
  readonly max: number
  readonly flushMs?: number
  /** Reads the file and never writes: another process does. What is noted is then kept in memory alone. */
  readonly readOnly?: boolean
}

const ROWS_A_TURN = 2_000
/** The file is written anew once it has this many lines more than twice the keys. */
const SLACK_LINES = 10_000
const MAX_RETRY_MS = 30_000

/**
 * Opens an append-only file of rows and reads it back. The last row of a key counts; a line that is not
 * whole is skipped, so a cut tail costs only itself. Writes go out together every `flushMs` (500), so
 * kill -9 loses less than a second. While the disk refuses, the table goes on in memory; once it takes
 * writes again the whole table is written anew. The file is replaced by rename, never in place,
 * so that it can be read while another process writes it; it has one writer, and all others open it
 * `readOnly`.
 */
export const openSeenLog = async (options: SeenLogOptions): Promise<SeenLog> => {
  const { file, max, flushMs = 500, readOnly = false } = options
  const table = createSeenTable(max)
  const pending = new Set<string>()
  let lines = 0
  let unkept = 0
  /** The file lacks something the table holds, so that appending is not enough. */
  let behind = false
  let failures = 0
  let handle: FileHandle | undefined
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let closed = false

  const readBack = async (): Promise<void> => {
    try {
      await eachLine(createReadStream(file), (bytes) => {
        if (bytes.length === 0) return
        lines++
        const row = parseSeenLine(bytes.toString('latin1'))
        if (row === undefined) behind = true
        else if (!table.restore(row)) unkept++
      })
    } catch {
      // No file yet, or none that can be read: the first write says what becomes of it.
      behind = true
    }
  }
  const linesOf = (keys: Iterable<string>): string => {
    let text = ''
    for (const key of keys) {
      const row = table.row(key)
      if (row !== undefined) text += formatSeenLine(row)
    }
    return text
  }
  const rewrite = async (): Promise<void> => {
    await handle?.close()
    handle = undefined
    const fresh = await open(`${file}.new`, 'w', 0o600)
    let written = 0
    try {
      let batch: string[] = []
      for (const key of table.keys()) {
        batch.push(key)
        if (batch.length < ROWS_A_TURN) continue
        await fresh.appendFile(linesOf(batch))
        written += batch.length
        batch = []
      }
      await fresh.appendFile(linesOf(batch))
      written += batch.length
    } finally {
      await fresh.close()
    }
    await rename(`${file}.new`, file)
    lines = written
  }
  const flush = async (): Promise<void> => {
    try {
      if (behind || lines > table.size * 2 + SLACK_LINES) {
        // All that waits is in the table; what comes meanwhile is appended afterwards.
        pending.clear()
        await rewrite()
        behind = false
      }
      if (handle === undefined) {
        handle = await open(file, 'a', 0o600)
        // Ends a line that a crash may have left without its end.
        await handle.appendFile('\n')
      }
      const keys = [...pending]
      pending.clear()
      await handle.appendFile(linesOf(keys))
      lines += keys.length
      failures = 0
    } catch {
      behind = true
      failures++
      pending.clear()
      await handle?.close().catch(() => undefined)
      handle = undefined
    }
    if (failures > 0) soon()
  }
  const soon = (): void => {
    if (closed || timer !== undefined) return
    const waitMs = Math.min(flushMs * 2 ** failures, MAX_RETRY_MS)
    timer = setTimeout(() => {
      timer = undefined
      running = running.then(flush)
    }, waitMs).unref()
  }

  if (!readOnly) await rm(`${file}.new`, { force: true })
  await readBack()
  return {
    table,
    note: (key) => {
      if (readOnly) return
      pending.add(key)
      soon()
    },
    state: () => ({ unkept, failing: failures > 0 }),
    close: async () => {
      closed = true
      clearTimeout(timer)
      await running
      if (!readOnly && (pending.size > 0 || behind)) await flush()
      await handle?.close()
    },
  }
}
