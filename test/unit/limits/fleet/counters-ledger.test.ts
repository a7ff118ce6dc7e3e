import { describe, expect, it } from 'vitest'
import { LedgerFailure, type Claim } from '../../../../src/core/ledger.ts'
import { createCompactCounters } from '../../../../src/limits/compact-counters.ts'
import { createCountersLedger } from '../../../../src/limits/fleet/counters-ledger.ts'
import { createFingerprints } from '../../../../src/limits/fingerprint.ts'
import { createFakeClock } from '../../../support/clock.ts'

const CLAIM: Claim = {
  hi: 5,
  lo: 64,
  concurrent: false,
  window: { align: 'first_use', lengthMs: 60_000 },
  amount: 1,
  quota: 3,
  enforced: true,
}
const RUNNING: Claim = { ...CLAIM, hi: 6, concurrent: true }

const aLedger = (
  options: { readonly maxRunningKeys?: number; readonly tracked?: boolean } = {},
) => {
  const clock = createFakeClock()
  const counters = createCompactCounters({
    fingerprints: createFingerprints({ k0: 1, k1: 2 }),
    maxKeys: 100,
    tracked: options.tracked ?? true,
  })
  const ledger = createCountersLedger({ counters, clock, ...options })
  for (const id of ['a', 'b']) ledger.open(id)
  return { clock, counters, ledger }
}

describe('counters that other processes ask', () => {
  it('are the counters of the process itself, changes marked to be written down', () => {
    const { counters, ledger } = aLedger()
    expect(counters.dirty?.count()).toBe(0)
    const { nowMs } = ledger.take('a', [CLAIM])
    const expiresMs = nowMs + 60_000
    expect(counters.dirty?.count()).toBe(1)
    expect(counters.reading({ ...CLAIM, slot: counters.slots.find(5, 64) })).toEqual({
      used: 1,
      previous: 0,
      expiresMs,
    })
    ledger.bring('b', [{ hi: 9, lo: 16, used: 4, previous: 0, expiresMs }])
    expect(counters.dirty?.count()).toBe(2)
  })

  it('go on from what was restored after a restart', () => {
    const { clock, counters, ledger } = aLedger()
    const expiresMs = clock.now() + 30_000
    counters.restore(CLAIM, { used: 3, previous: 0, expiresMs }, clock.now())
    expect(ledger.take('a', [CLAIM])).toMatchObject({
      admitted: false,
      readings: [{ used: 3, previous: 0, expiresMs }],
    })
  })

  it('let the running calls of a process that ended fall back at once, and no others', () => {
    const { ledger } = aLedger()
    for (const id of ['a', 'a', 'b']) expect(ledger.take(id, [RUNNING]).admitted).toBe(true)
    expect(ledger.take('b', [RUNNING]).admitted).toBe(false)
    ledger.forget('a')
    expect(ledger.read('b', [RUNNING]).readings[0]?.used).toBe(1)
  })

  it('do not answer a process they do not know', () => {
    const { ledger } = aLedger()
    ledger.forget('a')
    for (const ask of [
      () => ledger.take('a', [CLAIM]),
      () => ledger.read('a', [CLAIM]),
      () => ledger.correct('a', []),
      () => ledger.hold('a', []),
      () => ledger.bring('a', []),
    ]) {
      expect(ask).toThrow(expect.objectContaining({ kind: 'forgotten' }))
    }
  })

  it('keep one word as long as they live, and another after a restart', () => {
    const { ledger } = aLedger()
    expect(ledger.open('a')).toBe(ledger.open('c'))
    expect(aLedger().ledger.open('a')).not.toBe(ledger.open('a'))
  })

  it('charge nothing of a call whose running calls there is no room for', () => {
    const { ledger } = aLedger({ maxRunningKeys: 1 })
    ledger.take('a', [RUNNING])
    expect(() => ledger.take('a', [CLAIM, { ...RUNNING, hi: 7 }])).toThrow(LedgerFailure)
    expect(ledger.read('a', [CLAIM]).readings[0]?.used).toBe(0)
    ledger.take('b', [{ ...RUNNING, hi: 7 }])
  })

  it('release what is over, however much comes and goes', () => {
    const { clock, counters, ledger } = aLedger({ tracked: false })
    for (let round = 0; round < 50; round++) {
      const claims = Array.from({ length: 20 }, (_, at) => ({ ...CLAIM, hi: round, lo: at * 16 }))
      for (const claim of claims) ledger.take('a', [claim])
      ledger.take('b', [{ ...RUNNING, hi: round }])
      ledger.hold('b', [])
      clock.advance(60_001)
    }
    expect(counters.stats().keys).toBeLessThanOrEqual(60)
  })
})
