import { crc32 } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeHeader,
  decodeRecord,
  encodeHeader,
  encodeRecord,
  HEADER_BYTES,
  RECORD_BYTES,
} from '../../../src/limits/journal-format.ts'

const KEY = { k0: -5, k1: 77 }
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const record = fc.record({
  hi: int32,
  lo: int32,
  used: fc.maxSafeNat(),
  previous: fc.maxSafeNat(),
  expiresMs: fc.maxSafeNat(),
})
const aView = (bytes = new Uint8Array(RECORD_BYTES)) => new DataView(bytes.buffer)
const blank = () => ({ hi: 0, lo: 0, used: 0, previous: 0, expiresMs: 0 })

describe('the journal format', () => {
  it('gives back any record as it was', () => {
    fc.assert(
      fc.property(record, (written) => {
        const view = aView(new Uint8Array(RECORD_BYTES * 2))
        encodeRecord(view, RECORD_BYTES, written, KEY)
        const read = blank()
        expect(decodeRecord(view, RECORD_BYTES, read, KEY)).toBe(true)
        expect(read).toEqual(written)
      }),
    )
  })

  it('takes no record with a bit flipped, from another journal, or of zeros', () => {
    const view = aView()
    encodeRecord(view, 0, { hi: 1, lo: 2, used: 3, previous: 4, expiresMs: 5 }, KEY)
    expect(decodeRecord(view, 0, blank(), { k0: -5, k1: 78 })).toBe(false)
    for (let bit = 0; bit < RECORD_BYTES * 8; bit++) {
      const flip = () => view.setUint8(bit >> 3, view.getUint8(bit >> 3) ^ (1 << (bit & 7)))
      flip()
      expect(decodeRecord(view, 0, blank(), KEY)).toBe(false)
      flip()
    }
    expect(decodeRecord(view, 0, blank(), KEY)).toBe(true)
    expect(decodeRecord(aView(), 0, blank(), KEY)).toBe(false)
  })

  it('sums a record up as the CRC-32 that everybody knows', () => {
    const view = aView()
    encodeRecord(view, 0, { hi: 1, lo: -2, used: 3.5, previous: 4, expiresMs: 5 }, { k0: 9, k1: 9 })
    const summed = new Uint8Array(view.buffer, 0, RECORD_BYTES - 4)
    expect(view.getUint32(RECORD_BYTES - 4, true)).toBe(crc32(summed))
  })

  it.each([Number.NaN, Infinity, 2 ** 53])('takes no record with a count of %d', (odd) => {
    const view = aView()
    encodeRecord(view, 0, { hi: 1, lo: 2, used: odd, previous: 0, expiresMs: 5 }, KEY)
    expect(decodeRecord(view, 0, blank(), KEY)).toBe(false)
  })

  it('reads its header from either copy', () => {
    for (let at = 0; at < HEADER_BYTES; at++) {
      const header = encodeHeader(KEY)
      header[at] = (header[at] ?? 0) ^ 0x55
      expect(decodeHeader(header)).toEqual(KEY)
    }
  })

  it('says why it cannot read a header', () => {
    expect(decodeHeader(Buffer.alloc(HEADER_BYTES))).toMatch('neither copy')
    expect(decodeHeader(Buffer.alloc(0))).toMatch('neither copy')
  })
})
