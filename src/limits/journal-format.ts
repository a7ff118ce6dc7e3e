import { crc32 } from 'node:zlib'
import type { Fingerprint, HashKey } from './fingerprint.ts'
import type { Reading } from './window.ts'

/** Bytes of a record: fingerprint, used, previous, expiry and a CRC-32, all little-endian. */
export const RECORD_BYTES = 36

/** The header stands twice, so that no single damaged sector loses all counters. */
export const HEADER_BYTES: number = 2 * RECORD_BYTES

const MAGIC = 'swlimits'
const VERSION = 1

/** A record out of a journal; one object is reused for all. */
export type JournalRecord = { -readonly [F in keyof (Fingerprint & Reading)]: number }

/** Records of another journal must not pass, so the key goes into their sums. */
const sumOf = (bytes: Buffer, offset: number, { k0, k1 }: HashKey): number =>
  crc32(bytes.subarray(offset, offset + RECORD_BYTES - 4), (k0 ^ k1) >>> 0)

/** The header: magic, version, the secret of the fingerprints, size of a record, CRC-32; twice. */
export const encodeHeader = ({ k0, k1 }: HashKey): Buffer => {
  const one = Buffer.alloc(RECORD_BYTES)
  one.write(MAGIC, 'latin1')
  one.writeUInt32LE(VERSION, 8)
  one.writeInt32LE(k0, 12)
  one.writeInt32LE(k1, 16)
  one.writeUInt32LE(RECORD_BYTES, 20)
  one.writeUInt32LE(crc32(one.subarray(0, RECORD_BYTES - 4)), RECORD_BYTES - 4)
  return Buffer.concat([one, one])
}

/** The secret of a journal's fingerprints, or why it cannot be read. */
export const decodeHeader = (header: Buffer): HashKey | string => {
  let reason = 'neither copy of its header is intact'
  for (let at = 0; at + RECORD_BYTES <= header.length; at += RECORD_BYTES) {
    const one = header.subarray(at, at + RECORD_BYTES)
    if (crc32(one.subarray(0, RECORD_BYTES - 4)) !== one.readUInt32LE(RECORD_BYTES - 4)) continue
    if (one.toString('latin1', 0, 8) !== MAGIC) continue
    const version = one.readUInt32LE(8)
    if (version === VERSION && one.readUInt32LE(20) === RECORD_BYTES) {
      return { k0: one.readInt32LE(12), k1: one.readInt32LE(16) }
    }
    reason = `it is of version ${version}, this program reads ${VERSION}`
  }
  return reason
}

/** Writes a record at `offset`. */
export const encodeRecord = (
  bytes: Buffer,
  offset: number,
  record: JournalRecord,
  hashKey: HashKey,
): void => {
  bytes.writeInt32LE(record.hi, offset)
  bytes.writeInt32LE(record.lo, offset + 4)
  bytes.writeDoubleLE(record.used, offset + 8)
  bytes.writeDoubleLE(record.previous, offset + 16)
  bytes.writeDoubleLE(record.expiresMs, offset + 24)
  bytes.writeUInt32LE(sumOf(bytes, offset, hashKey), offset + RECORD_BYTES - 4)
}

const isCount = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER

/** Reads the record at `offset` into `record`; false where it is not exactly what was written. */
export const decodeRecord = (
  bytes: Buffer,
  offset: number,
  record: JournalRecord,
  hashKey: HashKey,
): boolean => {
  if (sumOf(bytes, offset, hashKey) !== bytes.readUInt32LE(offset + RECORD_BYTES - 4)) return false
  record.hi = bytes.readInt32LE(offset)
  record.lo = bytes.readInt32LE(offset + 4)
  record.used = bytes.readDoubleLE(offset + 8)
  record.previous = bytes.readDoubleLE(offset + 16)
  record.expiresMs = bytes.readDoubleLE(offset + 24)
  return isCount(record.used) && isCount(record.previous) && isCount(record.expiresMs)
}
