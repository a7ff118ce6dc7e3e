import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { parseSwitchSet, switchSetText, type SwitchSet } from './core/switches.ts'

const SUM_CHARS = 8

const sumOf = (text: string): string => crc32(text).toString(16).padStart(SUM_CHARS, '0')

/** What stands in a file: a set, nothing, or something that was never written like that. */
type Found = SwitchSet | 'absent' | 'damaged'

const readOne = (path: string): Found => {
  let line: string
  try {
    line = readFileSync(path, 'utf8')
  } catch (error) {
    // Of a file that cannot be read nobody can say what it holds.
    return error instanceof Error && 'code' in error && error.code === 'ENOENT'
      ? 'absent'
      : 'damaged'
  }
  const text = line.slice(SUM_CHARS + 1, -1)
  const whole = line.endsWith('\n') && line.slice(0, SUM_CHARS) === sumOf(text)
  return (whole ? parseSwitchSet(text) : undefined) ?? 'damaged'
}

/** The second of the two files. */
const copyOf = (path: string): string => `${path}.copy`

/** A set of switches as the disk has it. */
export type FoundSwitches = {
  /** The newest that is sound; `undefined` where there is none. */
  readonly set: SwitchSet | undefined
  /** Files that do not hold what was written to them. */
  readonly damaged: readonly string[]
}

/** Reads the file and its copy, and takes the newer of what is sound. Never throws. */
export const readSwitchFile = (path: string): FoundSwitches => {
  const places = [path, copyOf(path)]
  const found = places.map(readOne)
  const sets = found.filter((one) => typeof one === 'object')
  return {
    set: sets.toSorted((one, other) => other.version - one.version)[0],
    damaged: places.filter((_, at) => found[at] === 'damaged'),
  }
}

const replace = (path: string, line: string): void => {
  const fd = openSync(`${path}.new`, 'w', 0o600)
  try {
    writeFileSync(fd, line)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${path}.new`, path)
}

/**
 * Writes a set in place of the old one, then its copy, each beside the old one first: whenever the process
 * is killed, one of the two is whole, and once this returns it is the new one. Throws where the first cannot
 * be written; the old set stays then. A copy that cannot be written is left as it was.
 */
export const writeSwitchFile = (path: string, set: SwitchSet): void => {
  const text = switchSetText(set)
  const line = `${sumOf(text)} ${text}\n`
  mkdirSync(dirname(path), { recursive: true })
  replace(path, line)
  try {
    replace(copyOf(path), line)
  } catch {
    // The set is kept; what is missing is the second chance of a damaged disk.
  }
}
