import { crc32 } from 'node:zlib'
import type { Fingerprint, HashKey } from './fingerprint.ts'
import type { Reading } from '../core/ledger.ts'

/** Bytes of a record: fingerprint, used, previous, expiry and a CRC-32, all little-endian. */
export const RECORD_BYTES = 36

/** The header stands twice, so that no single damaged sector loses all counters. */
export const HEADER_BYTES: number = 2 * RECORD_BYTES

const MAGIC = 'swlimits'
const VERSION = 1

/** A record out of a journal; one object is reused for all. */
export type JournalRecord = { -readonly [F in keyof (Fingerprint & Reading)]: number }

/** Effect of one byte on a CRC-32 with the reversed polynomial 0xedb88320 (ISO/IEC 3309). */
const CRC_TABLE = new DataView(new ArrayBuffer(256 * 4))
for (let byte = 0; byte < 256; byte++) {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  CRC_TABLE.setInt32(byte * 4, sum)
}

/**
 * CRC-32 of a record. The key goes in first, so that records of another journal do not pass. In
 * JavaScript, since calling out for 32 bytes takes ten times as long, a million times at every start.
 */
const sumOf = (view: DataView, offset: number, { k0, k1 }: HashKey): number => {
  let sum = ~(k0 ^ k1)
  for (let at = 0; at < RECORD_BYTES - 4; at += 4) {
    sum ^= view.getInt32(offset + at, true)
    for (let byte = 0; byte < 4; byte++) {
      sum = (sum >>> 8) ^ CRC_TABLE.getInt32((sum & 0xff) * 4)
    }
  }
  return ~sum
}

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
  view: DataView,
  offset: number,
  record: JournalRecord,
  hashKey: HashKey,
): void => {
  view.setInt32(offset, record.hi, true)
  view.setInt32(offset + 4, record.lo, true)
  view.setFloat64(offset + 8, record.used, true)
  view.setFloat64(offset + 16, record.previous, true)
  view.setFloat64(offset + 24, record.expiresMs, true)
  view.setInt32(offset + RECORD_BYTES - 4, sumOf(view, offset, hashKey), true)
}

const isCount = (value: number): boolean => Math.abs(value) <= Number.MAX_SAFE_INTEGER

/** Reads the record at `offset` into `record`; false where it is not exactly what was written. */
export const decodeRecord = (
  view: DataView,
  offset: number,
  record: JournalRecord,
  hashKey: HashKey,
): boolean => {
  if (sumOf(view, offset, hashKey) !== view.getInt32(offset + RECORD_BYTES - 4, true)) return false
  record.hi = view.getInt32(offset, true)
  record.lo = view.getInt32(offset + 4, true)
  record.used = view.getFloat64(offset + 8, true)
  record.previous = view.getFloat64(offset + 16, true)
  record.expiresMs = view.getFloat64(offset + 24, true)
  return isCount(record.used) && isCount(record.previous) && isCount(record.expiresMs)
}
