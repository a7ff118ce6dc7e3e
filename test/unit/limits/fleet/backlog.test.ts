import { describe, expect, it } from 'vitest'
import type { Window } from '../../../../src/core/ledger.ts'
import { createCompactCounters } from '../../../../src/limits/compact-counters.ts'
import { createFingerprints } from '../../../../src/limits/fingerprint.ts'
import { createBacklog } from '../../../../src/limits/fleet/backlog.ts'

const NOW_MS = 1_000_000
const END_MS = NOW_MS + 60_000
const WINDOW: Window = { align: 'first_use', lengthMs: 60_000 }

const aBacklog = (options: { readonly maxNoted?: number; readonly mask?: number } = {}) => {
  const counters = createCompactCounters({
    fingerprints: createFingerprints({ k0: 1, k1: 2 }),
    maxKeys: 1_000,
  })
  let full = 0
  const backlog = createBacklog({
    counters,
    ledger: 0,
    mask: options.mask ?? 0,
    maxNoted: options.maxNoted ?? 100,
    onFull: () => full++,
  })
  return { backlog, counters, full: () => full }
}
type Kept = ReturnType<typeof aBacklog>

const own = ({ counters }: Kept, lo: number, used: number) =>
  counters.restore({ hi: 1, lo }, { used, previous: 0, expiresMs: END_MS }, NOW_MS)
const note = ({ backlog }: Kept, lo: number, amount: number) =>
  backlog.note({ hi: 1, lo }, WINDOW, amount, END_MS, NOW_MS)
const told = ({ backlog }: Kept) => {
  const amounts: Record<number, number> = {}
  for (;;) {
    const batch = backlog.next(NOW_MS)
    if (batch === undefined) return amounts
    for (const { lo, used } of batch.counters) amounts[lo] = (amounts[lo] ?? 0) + used
  }
}

describe('what a ledger must still be told', () => {
  it('is the sum of what was noted, given back included, each once', () => {
    const kept = aBacklog()
    note(kept, 16, 5)
    note(kept, 16, -2)
    note(kept, 32, -7)
    note(kept, 48, 3)
    note(kept, 48, -3)
    expect(told(kept)).toEqual({ 16: 3, 32: -7 })
    expect(told(kept)).toEqual({})
    expect(kept.backlog.pending()).toBe(0)
  })

  it('is bounded, and says once that it is full', () => {
    const kept = aBacklog({ maxNoted: 10 })
    for (let key = 0; key < 50; key++) note(kept, key * 16, 1)
    expect(kept.backlog.pending()).toBe(10)
    expect(kept.backlog.dropped()).toBe(40)
    expect(kept.full()).toBe(1)
  })

  it('is kept where telling failed, but given back only where that is certain', () => {
    const kept = aBacklog()
    note(kept, 16, 5)
    note(kept, 32, -7)
    for (const certain of [true, false]) {
      const batch = kept.backlog.next(NOW_MS)
      if (batch === undefined) throw new Error('nothing to tell')
      note(kept, 16, 1)
      kept.backlog.failed(batch, certain, NOW_MS)
    }
    expect(told(kept)).toEqual({ 16: 7 })
  })

  it('is everything of its own ledger where that lost its memory, and nothing twice', () => {
    const kept = aBacklog({ mask: 3 })
    for (let lo = 0; lo < 800; lo++) own(kept, lo, lo + 1)
    note(kept, 16, 5)
    kept.backlog.startOver()
    const first = kept.backlog.next(NOW_MS)
    // What is counted behind the hand is noted, what lies before it will be read.
    own(kept, 0, 11)
    note(kept, 0, 10)
    own(kept, 796, 897)
    note(kept, 796, 100)
    if (first === undefined) throw new Error('nothing to tell')
    const amounts = told(kept)
    for (const { lo, used } of first.counters) amounts[lo] = (amounts[lo] ?? 0) + used
    const expected = Object.fromEntries(
      Array.from({ length: 200 }, (_, at) => [at * 4, at * 4 + 1]),
    )
    expect(amounts).toEqual({ ...expected, 0: 11, 796: 897 })
  })

  it('is read again where a part of everything could not be told', () => {
    const kept = aBacklog()
    for (let lo = 0; lo < 800; lo++) own(kept, lo, lo + 1)
    kept.backlog.startOver()
    const first = kept.backlog.next(NOW_MS)
    if (first === undefined) throw new Error('nothing to tell')
    own(kept, 3, 14)
    note(kept, 3, 10)
    kept.backlog.failed(first, true, NOW_MS)
    const amounts = told(kept)
    expect(Object.keys(amounts)).toHaveLength(800)
    expect(amounts[3]).toBe(14)
  })

  it('is found however thinly it is spread after a long outage', () => {
    const kept = aBacklog({ maxNoted: 50_000 })
    for (let key = 0; key < 40_000; key++) note(kept, key, 1)
    for (let key = 0; key < 39_999; key++) note(kept, key, -1)
    expect(told(kept)).toEqual({ 39_999: 1 })
    note(kept, 7, 2)
    expect(told(kept)).toEqual({ 7: 2 })
    expect(kept.backlog.next(NOW_MS)).toBeUndefined()
  })

  it('forgets what is over', () => {
    const kept = aBacklog()
    note(kept, 16, 5)
    expect(kept.backlog.next(END_MS)).toBeUndefined()
  })
})
