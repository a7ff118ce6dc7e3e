import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Mark } from '../../core/campaign.ts'
import type { DetectorReport } from './detector-protocol.ts'
import { MAX_MARKS_OF_BATCH, marksTexts } from './mark-text.ts'
import { marksFile } from './marks-log.ts'

/** A copy on disk of marks that come from elsewhere. */
export type MarksCopy = {
  /** Some mark is new; it is on the disk a moment later. Never waits, never throws. */
  changed(): void
  /** Writes what is new and ends. Never rejects. */
  close(): Promise<void>
}

/** Between a change and its writing, so that many at once are written once. */
const SOON_MS = 250
/** Of its time, how much a process spends on writing at most: one part in so many. */
const REST_OF_WRITING = 20

const words = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'unknown'

/** A batch a turn: half a million marks take a second, in which calls are served. */
async function* linesOf(marks: readonly Mark[]): AsyncGenerator<string> {
  for (let from = 0; from < marks.length; from += MAX_MARKS_OF_BATCH) {
    for (const text of marksTexts(marks.slice(from, from + MAX_MARKS_OF_BATCH))) yield `${text}\n`
    await turn()
  }
}

/**
 * Keeps the marks in force in the file that `readMarks` reads, whole or not at all, for a process that has
 * to start while whoever knows the marks is away. A disk that refuses is reported once and tried again with
 * the next change.
 */
export const createMarksCopy = (options: {
  readonly folder: string
  readonly inForce: () => readonly Mark[]
  readonly report: (report: DetectorReport) => void
}): MarksCopy => {
  const { folder, inForce, report } = options
  const file = marksFile(folder)
  let failing = false
  let isNew = false
  let restMs = SOON_MS
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  const put = async (): Promise<void> => {
    const beganMs = performance.now()
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      // Flushed before it gets its name, so that the name never stands for half of it.
      const to = createWriteStream(`${file}.new`, { mode: 0o600, flush: true })
      await pipeline(Readable.from(linesOf(inForce())), to)
      await rename(`${file}.new`, file)
      if (failing) report({ what: 'files_work' })
      failing = false
    } catch (error) {
      if (!failing) report({ what: 'files_failing', because: words(error) })
      failing = true
    }
    restMs = Math.max(SOON_MS, (performance.now() - beganMs) * REST_OF_WRITING)
  }
  const write = async (): Promise<void> => {
    timer = undefined
    isNew = false
    writing = put()
    await writing
    writing = undefined
    if (isNew) timer = setTimeout(() => void write(), restMs).unref()
  }

  return {
    changed: () => {
      isNew = true
      if (timer === undefined && writing === undefined) {
        timer = setTimeout(() => void write(), SOON_MS).unref()
      }
    },
    close: async () => {
      await writing
      clearTimeout(timer)
      if (isNew) await put()
    },
  }
}
