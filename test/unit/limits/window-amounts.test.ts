import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reading, Window } from '../../../src/core/ledger.ts'
import { createCompactCounters } from '../../../src/limits/compact-counters.ts'
import { createFingerprints } from '../../../src/limits/fingerprint.ts'
import { addedIn, chargedAt, mergedAt } from '../../../src/limits/window.ts'

const LENGTH_MS = 1_000
const windowOf = (align: Window['align']): Window => ({ align, lengthMs: LENGTH_MS })
const align = fc.constantFrom<Window['align']>('first_use', 'utc', 'rolling')
const amount = fc.integer({ min: 0, max: 50 })

describe('amounts in windows', () => {
  it('are charged as counters charge them', () => {
    const step = fc.record({ ms: fc.integer({ min: 0, max: 1_500 }), amount })
    fc.assert(
      fc.property(align, fc.array(step, { maxLength: 30 }), (placing, steps) => {
        const counters = createCompactCounters({
          fingerprints: createFingerprints({ k0: 1, k1: 1 }),
          maxKeys: 1,
        })
        const family = { window: windowOf(placing), salt: { hi: 0, lo: 0 } }
        const place = { hi: 1, lo: 1, slot: -1 }
        let reading: Reading = { used: 0, previous: 0, expiresMs: 0 }
        let nowMs = 10 * LENGTH_MS
        for (const { ms, amount: charged } of steps) {
          nowMs += ms
          reading = chargedAt(family.window, reading, charged, nowMs)
          expect(counters.charge(family, place, charged, nowMs)).toBe(reading.expiresMs)
          expect(counters.reading(place)).toEqual(reading)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('are added in whichever window they were charged in, as if they had come in time', () => {
    const charge = fc.record({ atMs: fc.integer({ min: 0, max: 1_999 }), amount })
    fc.assert(
      fc.property(
        fc.array(charge, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        (charges, order) => {
          const window = windowOf('rolling')
          const start = 10 * LENGTH_MS
          const nothing: Reading = { used: 0, previous: 0, expiresMs: 0 }
          const inTime = charges
            .toSorted((one, two) => one.atMs - two.atMs)
            .reduce(
              (reading, { atMs, amount: charged }) =>
                chargedAt(window, reading, charged, start + atMs),
              nothing,
            )
          // Two windows at most, so that nothing has slid out of both.
          const shuffled = charges.toSorted(() => ((order.next().value ?? 0) % 3) - 1)
          const added = shuffled.reduce((reading, { atMs, amount: charged }) => {
            const { expiresMs } = chargedAt(window, nothing, charged, start + atMs)
            return addedIn(window, reading, charged, expiresMs, start + 1_999)
          }, nothing)
          expect(added).toEqual(inTime)
        },
      ),
    )
  })

  it('of two windows side by side are one, and nothing of it is lost', () => {
    const counter = { used: 5, previous: 0, expiresMs: 900 }
    expect(addedIn(windowOf('first_use'), counter, 3, 700, 100)).toEqual({
      used: 8,
      previous: 0,
      expiresMs: 700,
    })
    expect(addedIn(windowOf('first_use'), counter, -3, 700, 100)).toEqual(counter)
    expect(addedIn(windowOf('first_use'), counter, 3, 1_700, 950).used).toBe(3)
  })

  it('of two counts are never less together than either, nor what was given back elsewhere', () => {
    const reading = fc.record({
      used: fc.integer({ min: -50, max: 50 }),
      previous: fc.integer({ min: 0, max: 50 }),
      expiresMs: fc.integer({ min: 101, max: 104 }),
    })
    fc.assert(
      fc.property(reading, reading, (one, two) => {
        const merged = mergedAt(one, two, 100)
        if (one.expiresMs === two.expiresMs) {
          expect(merged.used).toBe(one.used + two.used)
          expect(merged.previous).toBe(one.previous + two.previous)
        } else {
          expect(merged.used).toBe(one.used + Math.max(0, two.used))
          expect(merged.expiresMs).toBe(Math.max(one.expiresMs, two.expiresMs))
        }
        expect(mergedAt(one, { ...two, expiresMs: 100 }, 100)).toEqual(one)
      }),
    )
  })
})
