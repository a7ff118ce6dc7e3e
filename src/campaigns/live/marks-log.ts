import { closeSync, fdatasyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Mark } from '../../core/campaign.ts'
import { marksTexts, parseMarks } from './mark-text.ts'

/** Marks on disk, one batch a line. */
export type MarksLog = {
  /** Puts marks at the end and has the disk hold them; throws where it does not. */
  append(marks: readonly Mark[]): void
  /** Puts these in place of all that was. Throws where the disk refuses; the old ones stay then. */
  replace(marks: readonly Mark[]): void
  bytes(): number
  close(): void
}

/** The file of marks in the folder of campaigns. */
export const marksFile = (folder: string): string => join(folder, 'marks')

const linesOf = (marks: readonly Mark[]): Buffer =>
  Buffer.from(
    marksTexts(marks)
      .map((text) => `${text}\n`)
      .join(''),
  )

/**
 * Marks of the folder of a detector, oldest first; none where there is no file. A line that is cut or bent
 * costs only itself.
 */
export const readMarks = (folder: string): readonly Mark[] => {
  let text: string
  try {
    text = readFileSync(marksFile(folder), 'utf8')
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => (line === '' ? [] : parseMarks(line).marks))
}

/** Writes all of it: a disk that is nearly full takes a part and says so. */
const writeAll = (fd: number, bytes: Buffer): void => {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
}

/**
 * Opens the log of a folder for its only writer. Whoever hears of a mark hears of it after the disk holds
 * it, so that a mark that has had any effect is there after whatever befalls the process.
 */
export const openMarksLog = (folder: string): MarksLog => {
  const file = marksFile(folder)
  let fd: number | undefined
  let size = 0
  const opened = (): number => {
    if (fd !== undefined) return fd
    fd = openSync(file, 'a', 0o600)
    // Ends a line that a crash or a full disk may have left without its end.
    size += writeSync(fd, '\n')
    return fd
  }
  const close = (): void => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  return {
    append: (marks) => {
      if (marks.length === 0) return
      const bytes = linesOf(marks)
      try {
        const to = opened()
        writeAll(to, bytes)
        fdatasyncSync(to)
        size += bytes.length
      } catch (error) {
        close()
        throw error
      }
    },
    replace: (marks) => {
      const bytes = linesOf(marks)
      const made = openSync(`${file}.new`, 'w', 0o600)
      try {
        writeAll(made, bytes)
        fdatasyncSync(made)
      } finally {
        closeSync(made)
      }
      close()
      renameSync(`${file}.new`, file)
      size = bytes.length
    },
    bytes: () => size,
    close,
  }
}
