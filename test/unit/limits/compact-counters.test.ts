import { describe, expect, it } from 'vitest'
import { createCompactCounters } from '../../../src/limits/compact-counters.ts'
import { createFingerprints } from '../../../src/limits/fingerprint.ts'
import type { Window } from '../../../src/core/ledger.ts'

const MINUTE: Window = { align: 'first_use', lengthMs: 60_000 }
const AT_MS = Date.UTC(2026, 3, 22)

const aStore = (options: { maxKeys?: number; tracked?: boolean } = {}) => {
  const fingerprints = createFingerprints({ k0: 1, k1: 2 })
  let fullCount = 0
  const counters = createCompactCounters({
    fingerprints,
    maxKeys: 100,
    onFull: () => fullCount++,
    ...options,
  })
  const family = (limit: string, window = MINUTE) => ({ window, salt: fingerprints.salt(limit) })
  const locate = (limit: string, key: string) => {
    const place = { hi: 0, lo: 0, slot: -1 }
    expect(counters.locate(family(limit), key, 0, place)).toBe(true)
    return place
  }
  const charge = (limit: string, key: string, nowMs = AT_MS, amount = 1) => {
    counters.makeRoom(1, nowMs)
    const place = locate(limit, key)
    counters.charge(family(limit), place, amount, nowMs)
    return counters.used(family(limit), place, nowMs)
  }
  return { counters, family, locate, charge, fullCount: () => fullCount }
}

describe('compact counters', () => {
  it('keeps the cap under a flood of keys and counts every one of them', () => {
    const store = aStore()
    let counted = 0
    for (let key = 0; key < 5_000; key++) {
      store.charge('limit', `key-${key}`)
      counted++
    }
    const { keys, shared } = store.counters.stats()
    expect(keys).toBeLessThanOrEqual(100 + 64)
    expect(shared).toBe(4_900)
    let total = 0
    for (let slot = 0; slot < store.counters.slots.highWater(); slot++) {
      total += store.counters.slots.used(slot)
    }
    expect(total).toBe(counted)
  })

  it('makes a key without room share a counter, never go uncounted', () => {
    const store = aStore({ maxKeys: 1 })
    store.charge('limit', 'first')
    const used = Array.from({ length: 200 }, (_, at) => store.charge('limit', `late-${at}`))
    // 200 keys over 64 counters: somebody meets the charges of others, and repeats are always seen.
    expect(Math.max(...used)).toBeGreaterThan(1)
    expect(store.charge('limit', 'late-7')).toBeGreaterThan(1)
    expect(store.charge('limit', 'first')).toBe(2)
  })

  it('never shares a counter between limits', () => {
    const store = aStore({ maxKeys: 1 })
    store.charge('limit', 'first')
    for (let at = 0; at < 100; at++) store.charge('one', `key-${at}`)
    expect(store.charge('other', 'key-1')).toBe(1)
  })

  it('tells once that it is full, and again only after there was room', () => {
    const store = aStore()
    for (let key = 0; key < 300; key++) store.charge('limit', `a-${key}`)
    expect(store.fullCount()).toBe(1)
    store.counters.sweep(1_000, AT_MS + 60_000)
    for (let key = 0; key < 300; key++) store.charge('limit', `b-${key}`, AT_MS + 60_000)
    expect(store.fullCount()).toBe(2)
  })

  it('gives expired counters to new keys before anything is shared', () => {
    const store = aStore()
    for (let key = 0; key < 100; key++) store.charge('limit', `a-${key}`)
    for (let key = 0; key < 100; key++) store.charge('limit', `b-${key}`, AT_MS + 60_000)
    expect(store.counters.stats()).toEqual({ keys: 100, maxKeys: 100, shared: 0 })
  })

  it('never forgets a counter whose window runs', () => {
    const store = aStore()
    store.charge('limit', 'patient', AT_MS, 9)
    for (let key = 0; key < 5_000; key++) {
      store.charge('limit', `key-${key}`, AT_MS + 10 * key)
      if (10 * key < 59_000)
        expect(store.counters.reading(store.locate('limit', 'patient')).used).toBe(9)
    }
  })

  it('sweeps in turns and leaves changed counters for the journal', () => {
    const store = aStore({ tracked: true })
    for (let key = 0; key < 50; key++) store.charge('limit', `a-${key}`)
    store.counters.sweep(1_000, AT_MS + 60_000)
    expect(store.counters.stats().keys).toBe(50)
    while ((store.counters.dirty?.take() ?? -1) !== -1);
    store.counters.sweep(20, AT_MS + 60_000)
    expect(store.counters.stats().keys).toBe(30)
    store.counters.sweep(1_000, AT_MS + 60_000)
    expect(store.counters.stats().keys).toBe(0)
  })

  it('does not correct a counter that took the place of a released one', () => {
    const store = aStore()
    const utc = store.family('utc', { align: 'utc', lengthMs: 60_000 })
    const late = { hi: 0, lo: 0, slot: -1 }
    store.counters.locate(utc, 'late', 0, late)
    const expiresMs = store.counters.charge(utc, late, 5, AT_MS)
    store.counters.slots.release(late.slot)
    const other = { hi: 0, lo: 0, slot: -1 }
    store.counters.locate(utc, 'other', 0, other)
    store.counters.charge(utc, other, 8, AT_MS)
    expect(other.slot).toBe(late.slot)
    store.counters.correct(utc, late, expiresMs, -5)
    expect(store.counters.reading(other).used).toBe(8)
  })

  it('counts to 2^53 and stays there', () => {
    const store = aStore()
    expect(store.charge('limit', 'key', AT_MS, 2 ** 53 - 5)).toBe(2 ** 53 - 5)
    expect(store.charge('limit', 'key', AT_MS, 2 ** 53 - 5)).toBe(2 ** 53 - 1)
  })

  it('keeps what was counted, but no longer than a window, when the clock is set back', () => {
    const store = aStore()
    store.charge('limit', 'key', AT_MS, 7)
    const hourAgo = AT_MS - 3_600_000
    expect(store.charge('limit', 'key', hourAgo)).toBe(8)
    expect(store.counters.reading(store.locate('limit', 'key')).expiresMs).toBe(hourAgo + 60_000)
    expect(store.charge('limit', 'key', hourAgo + 60_000)).toBe(1)
  })
})
