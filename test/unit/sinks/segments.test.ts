import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorOf, placeOfCursor } from '../../../src/sinks/decision-query.ts'
import { segmentName, segmentOpenedAtMs } from '../../../src/sinks/segments.ts'

describe('the name of a segment', () => {
  it('tells when it was opened', () => {
    expect(segmentName(Date.UTC(2026, 3, 22, 9, 15, 0, 123), 2)).toBe(
      '20260422T091500123Z-2.ndjson',
    )
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.nat(999), (atMs, n) => {
        expect(segmentOpenedAtMs(segmentName(atMs, n))).toBe(atMs)
      }),
    )
  })

  it('sorts by time', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4e12 }),
        fc.integer({ min: 1, max: 1e9 }),
        (a, more) => {
          expect(segmentName(a, 0) < segmentName(a + more, 0)).toBe(true)
        },
      ),
    )
  })

  it('is no other file', () => {
    for (const name of [
      '',
      '.',
      'notes.txt',
      '20260422T091500123Z-0.ndjson.gz',
      'x20260422T091500123Z-0.ndjson',
    ]) {
      expect(segmentOpenedAtMs(name), name).toBeUndefined()
    }
  })
})

describe('a cursor', () => {
  it('is read back, and other text is none', () => {
    const place = { atMs: 1_776_816_000_000, seq: 42 }
    expect(placeOfCursor(cursorOf(place))).toEqual(place)
    for (const text of ['', '.', 'a', 'a.', 'a.b.c', 'A.B', "a.b'", 'zzzzzzzzzzzz.0', '-1.2']) {
      expect(placeOfCursor(text), text).toBeUndefined()
    }
  })
})
