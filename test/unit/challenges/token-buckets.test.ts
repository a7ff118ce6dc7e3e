import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenBuckets } from '../../../src/challenges/token-buckets.ts'
import { createFakeClock } from '../../support/clock.ts'

describe('token buckets', () => {
  it('give their capacity at once and then as much as they fill', () => {
    const clock = createFakeClock()
    const buckets = createTokenBuckets({ clock, capacity: 3, refillMs: 3_000, maxKeys: 10 })
    expect([1, 2, 3, 4].map(() => buckets.take('a'))).toEqual([0, 0, 0, 1_000])
    expect(buckets.waitMs('a')).toBe(1_000)
    expect(buckets.take('b')).toBe(0)
    clock.advance(999)
    expect(buckets.take('a')).toBe(1)
    clock.advance(1)
    expect(buckets.take('a')).toBe(0)
    expect(buckets.take('a')).toBe(1_000)
  })

  it('give what the told wait promises, for any schedule, and never more than they may', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 10, max: 100_000 }),
        fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 100 }),
        (capacity, refillMs, pausesMs) => {
          const clock = createFakeClock(0)
          const buckets = createTokenBuckets({ clock, capacity, refillMs, maxKeys: 1 })
          let given = 0
          for (const pauseMs of pausesMs) {
            clock.advance(pauseMs)
            const waitMs = buckets.take('a')
            if (waitMs > 0) {
              clock.advance(waitMs)
              expect(buckets.take('a')).toBeLessThanOrEqual(1)
            }
            given++
            // One beyond for the millisecond that rounding may cost.
            expect(given).toBeLessThanOrEqual(capacity + (clock.now() * capacity) / refillMs + 1)
          }
        },
      ),
    )
  })

  it('gain and lose nothing by a clock that steps back', () => {
    const clock = createFakeClock()
    const buckets = createTokenBuckets({ clock, capacity: 2, refillMs: 2_000, maxKeys: 1 })
    buckets.take('a')
    clock.advance(-60_000)
    expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 1_000])
  })

  it('hold no more keys than they were told', () => {
    const buckets = createTokenBuckets({
      clock: createFakeClock(),
      capacity: 1,
      refillMs: 1_000,
      maxKeys: 100,
    })
    for (let n = 0; n < 10_000; n++) buckets.take(`${n}`)
    expect(buckets.size).toBe(100)
  })
})
