import { hash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** What a detector saved, and the first journal that is not in it. */
export type SavedState = { readonly state: Uint8Array; readonly journal: number }

/** First bytes of the file: name and version of its form. */
const MAGIC = Buffer.from('SWCAMP1\n')
const HASH_BYTES = 32
const HEAD_BYTES = MAGIC.length + HASH_BYTES + 8

const sealOf = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

/**
 * A saved state as bytes: magic, SHA-256 of the rest, number of the journal (64 bits, little endian), the
 * detector's own bytes.
 */
export const packState = ({ state, journal }: SavedState): Buffer => {
  const rest = Buffer.alloc(8 + state.length)
  rest.writeBigUInt64LE(BigInt(journal))
  rest.set(state, 8)
  return Buffer.concat([MAGIC, sealOf(rest), rest])
}

/** The state again; `undefined` for anything that is not whole. */
export const unpackState = (bytes: Buffer): SavedState | undefined => {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const rest = bytes.subarray(MAGIC.length + HASH_BYTES)
  if (!sealOf(rest).equals(bytes.subarray(MAGIC.length, MAGIC.length + HASH_BYTES)))
    return undefined
  const journal = Number(rest.readBigUInt64LE())
  return Number.isSafeInteger(journal) ? { state: rest.subarray(8), journal } : undefined
}

/** Reads a file; `undefined` where there is none, `damaged` where it is not whole. Throws where it cannot. */
export const readState = (file: string): SavedState | 'damaged' | undefined => {
  let bytes: Buffer
  try {
    bytes = readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return unpackState(bytes) ?? 'damaged'
}

const synced = (path: string, flags: string, write: (fd: number) => void): void => {
  const fd = openSync(path, flags, 0o600)
  try {
    write(fd)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Puts a state in place of the last one, whole or not at all. Throws where the disk refuses. */
export const writeState = (file: string, saved: SavedState): void => {
  const bytes = packState(saved)
  synced(`${file}.new`, 'w', (fd) => {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
  })
  renameSync(`${file}.new`, file)
  // The new name, too, must be on the disk before the journals it replaces go.
  synced(dirname(file), 'r', () => undefined)
}
