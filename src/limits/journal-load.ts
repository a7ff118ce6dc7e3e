import { closeSync, openSync, readSync } from 'node:fs'
import type { HashKey } from './fingerprint.ts'
import {
  decodeHeader,
  decodeRecord,
  HEADER_BYTES,
  RECORD_BYTES,
  type JournalRecord,
} from './journal-format.ts'

const CHUNK_BYTES = 16_384 * RECORD_BYTES

/** What was found on disk at the start. */
export type FoundJournal =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | {
      readonly kind: 'found'
      readonly hashKey: HashKey
      /** Calls `restore` for every intact record in the order written: the last one of a key counts. */
      replay(restore: (record: Readonly<JournalRecord>) => void): JournalDamage
    }

/** What could not be read of a journal that otherwise could. */
type JournalDamage = {
  readonly corruptRecords: number
  readonly tornBytes: number
  /** Error of the system that ended the reading early. */
  readonly unreadable: string | undefined
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown'

/** Reads until `into` is full or the file ends; answers the bytes read. */
const readFully = (fd: number, into: Buffer, position: number): number => {
  let filled = 0
  while (filled < into.length) {
    const read = readSync(fd, into, filled, into.length - filled, position + filled)
    if (read === 0) break
    filled += read
  }
  return filled
}

const replay = (
  path: string,
  hashKey: HashKey,
  restore: (record: Readonly<JournalRecord>) => void,
): JournalDamage => {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  const view = new DataView(chunk.buffer, chunk.byteOffset, CHUNK_BYTES)
  const record = { hi: 0, lo: 0, used: 0, previous: 0, expiresMs: 0 }
  let corruptRecords = 0
  let tornBytes = 0
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    for (let position = HEADER_BYTES, filled = CHUNK_BYTES; filled === CHUNK_BYTES;) {
      filled = readFully(fd, chunk, position)
      position += filled
      tornBytes = filled % RECORD_BYTES
      for (let at = 0; at + RECORD_BYTES <= filled; at += RECORD_BYTES) {
        if (decodeRecord(view, at, record, hashKey)) restore(record)
        else corruptRecords++
      }
    }
    return { corruptRecords, tornBytes, unreadable: undefined }
  } catch (error) {
    return { corruptRecords, tornBytes, unreadable: codeOf(error) }
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/**
 * Looks for a journal. Synchronous, as it runs once before the first call is served; a million keys
 * take about half a second. Records have one size and a sum each, so that damage costs no more than
 * the records it hits: a torn tail is what a crash leaves, anything else is reported.
 */
export const findJournal = (path: string): FoundJournal => {
  try {
    const fd = openSync(path, 'r')
    try {
      const header = Buffer.alloc(HEADER_BYTES)
      readFully(fd, header, 0)
      const hashKey = decodeHeader(header)
      return typeof hashKey === 'string'
        ? { kind: 'unreadable', reason: hashKey }
        : { kind: 'found', hashKey, replay: (restore) => replay(path, hashKey, restore) }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    const reason = codeOf(error)
    return reason === 'ENOENT' ? { kind: 'absent' } : { kind: 'unreadable', reason }
  }
}
