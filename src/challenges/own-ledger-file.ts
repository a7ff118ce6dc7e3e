import {
  closeSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Clearance } from '../core/challenge.ts'
import { clearanceRow, parseClearanceRow } from '../core/clearance-row.ts'

/** Clearances on disk, one a line, each with a sum in front. */
export type LedgerFile = {
  /**
   * Puts one at the end; the system has it on return, so that it outlives the process. Throws where it
   * does not take it, and leaves nothing of it.
   */
  append(clearance: Clearance): void
  /** Puts these in place of all that was. Throws where the disk refuses; the old ones stay then. */
  replace(clearances: readonly Clearance[]): void
  bytes(): number
  close(): void
}

/** What was found in a file. */
export type FoundClearances = {
  readonly clearances: readonly Clearance[]
  /** Whole lines that are not as they were written. */
  readonly corruptLines: number
}

const SUM_CHARS = 8
const BATCH = 1_000

const sumOf = (row: string): string => crc32(row).toString(16).padStart(SUM_CHARS, '0')

const lineOf = (clearance: Clearance): string => {
  const row = clearanceRow(clearance)
  return `${sumOf(row)} ${row}\n`
}

const clearanceOfLine = (line: string): Clearance | undefined => {
  const row = line.slice(SUM_CHARS + 1)
  return line.slice(0, SUM_CHARS) === sumOf(row) ? parseClearanceRow(row) : undefined
}

/**
 * Reads the clearances of a file in the order they were written; none where there is no file. A last line
 * without its end is what a crash leaves and counts for nothing. Throws where the system does not read it.
 */
export const readLedgerFile = (path: string): FoundClearances => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { clearances: [], corruptLines: 0 }
    }
    throw error
  }
  const lines = text.split('\n').slice(0, -1)
  const clearances: Clearance[] = []
  let corruptLines = 0
  for (const line of lines) {
    if (line === '') continue
    const clearance = clearanceOfLine(line)
    if (clearance === undefined) corruptLines++
    else clearances.push(clearance)
  }
  return { clearances, corruptLines }
}

/** Writes all of it: a disk that is nearly full takes a part and says so. */
const writeAll = (fd: number, text: string): number => {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
  return bytes.length
}

/**
 * The file of its only writer, opened when something is written. One that was moved or removed under it is
 * noticed: `onLost` then says what all of it is. What is appended is not flushed to the disk: only a
 * machine without power loses it.
 */
export const createLedgerFile = (path: string, onLost: () => readonly Clearance[]): LedgerFile => {
  let fd: number | undefined
  let ino = 0
  let size = 0

  const close = (): void => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  const open = (): number => {
    mkdirSync(dirname(path), { recursive: true })
    const opened = openSync(path, 'a', 0o600)
    try {
      const stat = statSync(path)
      // Ends a line that a crash may have left without its end.
      size = stat.size + (stat.size > 0 ? writeAll(opened, '\n') : 0)
      ino = stat.ino
      fd = opened
      return opened
    } catch (error) {
      closeSync(opened)
      throw error
    }
  }
  const replace = (clearances: readonly Clearance[]): void => {
    mkdirSync(dirname(path), { recursive: true })
    const made = openSync(`${path}.new`, 'w', 0o600)
    let written = 0
    try {
      for (let from = 0; from < clearances.length; from += BATCH) {
        written += writeAll(
          made,
          clearances
            .slice(from, from + BATCH)
            .map(lineOf)
            .join(''),
        )
      }
      fdatasyncSync(made)
    } finally {
      closeSync(made)
    }
    close()
    renameSync(`${path}.new`, path)
    size = written
  }
  const there = (): number => {
    if (fd !== undefined && statSync(path, { throwIfNoEntry: false })?.ino !== ino) {
      close()
      replace(onLost())
    }
    return fd ?? open()
  }

  return {
    append: (clearance) => {
      const to = there()
      try {
        size += writeAll(to, lineOf(clearance))
      } catch (error) {
        try {
          ftruncateSync(to, size)
        } catch {
          // The next one begins on a line of its own.
          close()
        }
        throw error
      }
    },
    replace,
    bytes: () => size,
    close,
  }
}
