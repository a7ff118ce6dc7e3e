import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Override } from '../core/override.ts'
import { overrideRow, parseOverrideRow } from '../core/override-row.ts'

/** What was found in a file. */
export type FoundOverrides = {
  readonly overrides: readonly Override[]
  /** Lines that are not as they were written. */
  readonly corruptLines: number
}

const SUM_CHARS = 8

const sumOf = (row: string): string => crc32(row).toString(16).padStart(SUM_CHARS, '0')

const lineOf = (override: Override): string => {
  const row = overrideRow(override)
  return `${sumOf(row)} ${row}\n`
}

const overrideOfLine = (line: string): Override | undefined => {
  const row = line.slice(SUM_CHARS + 1)
  return line.slice(0, SUM_CHARS) === sumOf(row) ? parseOverrideRow(row) : undefined
}

/** Reads the overrides of a file; none where there is no file. Throws where the system does not read it. */
export const readOverrideFile = (path: string): FoundOverrides => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { overrides: [], corruptLines: 0 }
    }
    throw error
  }
  const lines = text.split('\n').filter((line) => line !== '')
  const overrides = lines.map(overrideOfLine).filter((one) => one !== undefined)
  return { overrides, corruptLines: lines.length - overrides.length }
}

/**
 * Puts these in place of all that the file held, one a line with a sum in front, and waits for the disk:
 * what an operator was told stands even where the machine loses its power. They are few and change seldom,
 * so that the whole file is written each time. Throws where the disk refuses; the old file stays then.
 */
export const writeOverrideFile = (path: string, overrides: readonly Override[]): void => {
  mkdirSync(dirname(path), { recursive: true })
  const made = openSync(`${path}.new`, 'w', 0o600)
  try {
    const bytes = Buffer.from(overrides.map(lineOf).join(''))
    for (let at = 0; at < bytes.length;) at += writeSync(made, bytes, at)
    fsyncSync(made)
  } finally {
    closeSync(made)
  }
  renameSync(`${path}.new`, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
