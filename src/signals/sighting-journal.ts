import { open, rename, type FileHandle } from 'node:fs/promises'
import { batchText, sightingText } from './sighting-text.ts'
import type { Learner } from './sighting.ts'

/** The recent sightings of an installation on disk. */
export interface SightingJournal extends Learner {
  /** Sightings that never came to disk, and whether the disk refuses now. */
  state(): { readonly dropped: number; readonly failing: boolean }
}

/** What a journal needs. */
export type SightingJournalOptions = {
  readonly file: string
  /** Bytes of the file after which it becomes the older of two. */
  readonly maxBytes?: number
  readonly flushMs?: number
}

/** Where the older half of a journal lies. */
export const olderOf = (file: string): string => `${file}.older`

/** Characters of a line, some hundred sightings, and lines that may wait for the disk. */
const LINE_CHARS = 16 * 1024
const MAX_WAITING_LINES = 256

type Line = { readonly text: string; readonly sightings: number }

/**
 * Writes down what is learned, so that the next start does not begin from nothing: one batch a line, at
 * most every `flushMs` (500), in two files of at most `maxBytes` (16 MiB) each, the older of which gives way
 * to the newer. That holds some 150,000 to 300,000 calls: a day of a small installation, some minutes of
 * a large one. Never blocks and never throws; what the disk does not take is dropped and counted. It has
 * one writer.
 */
export const createSightingJournal = (options: SightingJournalOptions): SightingJournal => {
  const { file, maxBytes = 16 * 2 ** 20, flushMs = 500 } = options
  let lines: Line[] = []
  let batch: string[] = []
  let chars = 0
  let handle: FileHandle | undefined
  let bytes = 0
  let dropped = 0
  let failing = false
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()

  const endLine = (): void => {
    if (batch.length === 0) return
    if (lines.length < MAX_WAITING_LINES) {
      lines.push({ text: `${batchText(batch.join(','))}\n`, sightings: batch.length })
    } else dropped += batch.length
    batch = []
    chars = 0
  }
  const openAt = async (): Promise<FileHandle> => {
    const opened = await open(file, 'a', 0o600)
    bytes = (await opened.stat()).size
    // Ends a line that a crash may have left without its end.
    await opened.appendFile('\n')
    return opened
  }
  const flush = async (): Promise<void> => {
    endLine()
    if (lines.length === 0) return
    const text = lines.map((line) => line.text).join('')
    const sightings = lines.reduce((sum, line) => sum + line.sightings, 0)
    lines = []
    try {
      handle ??= await openAt()
      if (bytes + text.length > maxBytes && bytes > 0) {
        await handle.close()
        handle = undefined
        await rename(file, olderOf(file))
        handle = await openAt()
      }
      await handle.appendFile(text)
      bytes += text.length
      failing = false
    } catch {
      // How much of it the disk took is not known: written again, it might count twice.
      failing = true
      dropped += sightings
      await handle?.close().catch(() => undefined)
      handle = undefined
    }
  }
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined
      running = running.then(flush)
    }, flushMs).unref()
  }

  return {
    name: 'sighting_journal',
    learn: (sighting) => {
      const text = sightingText(sighting)
      batch.push(text)
      chars += text.length
      if (chars >= LINE_CHARS) endLine()
      soon()
    },
    state: () => ({ dropped, failing }),
    close: async () => {
      clearTimeout(timer)
      await running
      await flush()
      await handle?.close()
      handle = undefined
    },
  }
}
