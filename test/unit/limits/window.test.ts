import * as fc from 'fast-check'
import type { Window } from '../../../src/core/ledger.ts'
import { describe, expect, it } from 'vitest'
import { expiryAt, resetMsAt, usedAt, waitMsAt } from '../../../src/limits/window.ts'

const DAY_MS = 86_400_000
const AT_MS = Date.UTC(2026, 3, 22, 15, 30)

describe('windows', () => {
  it('end a UTC day at midnight', () => {
    const day: Window = { align: 'utc', lengthMs: DAY_MS }
    expect(expiryAt(day, AT_MS)).toBe(Date.UTC(2026, 3, 23))
    expect(expiryAt(day, Date.UTC(2026, 3, 23))).toBe(Date.UTC(2026, 3, 24))
    expect(expiryAt(day, Date.UTC(2026, 3, 23) - 1)).toBe(Date.UTC(2026, 3, 23))
  })

  it('weigh the rolling window before by what has not slid out of it', () => {
    const hour: Window = { align: 'rolling', lengthMs: 3_600_000 }
    const expiresMs = expiryAt(hour, AT_MS)
    // Half past: 30 minutes of the hour before are still inside.
    expect(usedAt(hour, 10, 40, expiresMs, AT_MS)).toBe(30)
    // Nothing was charged in the next hour: what ran is sliding out now.
    expect(usedAt(hour, 10, 40, expiresMs, AT_MS + 3_600_000)).toBe(5)
    expect(usedAt(hour, 10, 40, expiresMs, expiresMs)).toBe(0)
  })

  it('count even use of a rolling window exactly', () => {
    const minute: Window = { align: 'rolling', lengthMs: 60_000 }
    // One a second for the whole minute before, one a second since.
    const startMs = Date.UTC(2026, 3, 22)
    for (let second = 0; second < 60; second++) {
      expect(usedAt(minute, second, 60, startMs + 120_000, startMs + second * 1_000)).toBe(60)
    }
  })

  it('tell a wait that suffices, and the shortest as far as numbers can tell, for any counter', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('first_use' as const, 'utc' as const, 'rolling' as const),
        fc.integer({ min: 1_000, max: 90 * DAY_MS }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 0, max: 2 ** 40 }),
        fc.integer({ min: 1, max: 2 ** 40 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 90 * DAY_MS }),
        (align, lengthMs, used, previous, quota, share, laterMs) => {
          const window: Window = { align, lengthMs }
          const counter = { used, previous, expiresMs: expiryAt(window, AT_MS) }
          const nowMs = AT_MS + (laterMs % (2 * lengthMs))
          const amount = Math.ceil(quota * share)
          const fits = (atMs: number) =>
            usedAt(window, used, previous, counter.expiresMs, atMs) <= quota - amount
          fc.pre(!fits(nowMs))
          const waitMs = waitMsAt(window, counter, amount, quota, nowMs)
          expect(Number.isInteger(waitMs)).toBe(true)
          expect(fits(nowMs + waitMs)).toBe(true)
          // A count of 2^40 leaves few bits for the share of a window that has slid out.
          const shortestMs =
            waitMs - 1 - Math.ceil((lengthMs * (used + previous + quota)) / 2 ** 51)
          expect(shortestMs < 1 || !fits(nowMs + shortestMs)).toBe(true)
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('never announce a reset later than their length, even when the clock was set back', () => {
    const window: Window = { align: 'first_use', lengthMs: 60_000 }
    expect(resetMsAt(window, 1, 0, AT_MS + 60_000, AT_MS - DAY_MS)).toBe(60_000)
  })
})
