import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** What a detector took since it was saved, in numbered files of one text a line. */
export type ObservationJournal = {
  /** Number of the file that is written. */
  current(): number
  /** Keeps a line for the next flush. */
  add(line: string): void
  /** Hands what was added to the system. Throws where the disk refuses; that part is lost then. */
  flush(): void
  /** Ends this file and begins the next. */
  turn(): void
  /** Removes the files before this one: what they hold was saved. */
  forgetBefore(number: number): void
  bytes(): number
  close(): void
}

const NAME = /^observations-(\d{1,15})$/

const numbersIn = (folder: string): readonly number[] =>
  readdirSync(folder)
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)

/** Whether a folder holds any journal. */
export const hasJournals = (folder: string): boolean => {
  try {
    return numbersIn(folder).length > 0
  } catch {
    return false
  }
}

const fileOf = (folder: string, number: number): string => join(folder, `observations-${number}`)

/**
 * All lines of the journals from a number on, oldest first. The last line may be cut, by a crash or a full
 * disk: whoever parses it refuses it. A file that cannot be read is none.
 */
export function* journalLines(folder: string, from: number): Generator<string> {
  if (!hasJournals(folder)) return
  for (const number of numbersIn(folder)) {
    if (number < from) continue
    let text: string
    try {
      text = readFileSync(fileOf(folder, number), 'utf8')
    } catch {
      continue
    }
    for (const line of text.split('\n')) if (line !== '') yield line
  }
}

/** Opens a new file after all that are there, for the only writer of the folder. */
export const openObservationJournal = (folder: string, from = 0): ObservationJournal => {
  let number = Math.max(from, (numbersIn(folder).at(-1) ?? 0) + 1)
  let fd: number | undefined
  let waiting: string[] = []
  let bytes = 0
  const close = (): void => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const flush = (): void => {
    if (waiting.length === 0) return
    // A line that was cut before must not take the first of these with it.
    const text = Buffer.from(`${fd === undefined ? '\n' : ''}${waiting.join('\n')}\n`)
    waiting = []
    try {
      fd ??= openSync(fileOf(folder, number), 'a', 0o600)
      for (let at = 0; at < text.length;) at += writeSync(fd, text, at)
      bytes += text.length
    } catch (error) {
      close()
      throw error
    }
  }
  return {
    current: () => number,
    add: (line) => void waiting.push(line),
    flush,
    turn: () => {
      close()
      number++
      bytes = 0
    },
    forgetBefore: (first) => {
      for (const old of numbersIn(folder)) {
        if (old < first) rmSync(fileOf(folder, old), { force: true })
      }
    },
    bytes: () => bytes,
    close,
  }
}
