import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShedder } from '../../../../src/limits/pressure/shed.ts'
import { aCall } from '../../../support/a-call.ts'
import { aDecision, aLimitState, anEvent, aRuling } from '../../../support/an-event.ts'
import { someFacts } from '../../../support/some-facts.ts'

const START_MS = Date.UTC(2026, 3, 22)
const TIERS = { proven: 5, paying: 1, unproven: 0.2 } as const
type Tier = keyof typeof TIERS
const LOAD: readonly Tier[] = ['proven', 'paying', 'paying', 'paying', ...Array(6).fill('unproven')]

const aShedder = () => {
  const { shed, sink } = createShedder({
    upstreamOf: ({ ask }) => (ask.model === 'nobody' ? undefined : 'main'),
  })
  const ask = (
    tier: Tier,
    pressure: number | undefined,
    atMs: number,
    changes: Parameters<typeof aCall>[0] = {},
    account = `${tier}-1`,
  ) =>
    shed(
      aCall({ atMs, ...changes }),
      aDecision({ tier, factor: TIERS[tier] }),
      someFacts({
        'account.id': account,
        ...(pressure === undefined ? {} : { 'upstream.pressure': pressure }),
      }),
    )
  let number = 0
  /** Seconds of a hundred calls by ever new callers, ten in a hundred proven and thirty paying; the shed ones by tier. */
  const live = (seconds: number, pressure: number, fromMs = START_MS) => {
    const turnedAway = { proven: 0, paying: 0, unproven: 0 }
    for (let call = 0; call < seconds * 100; call++) {
      const tier = LOAD[call % LOAD.length] ?? 'unproven'
      if (ask(tier, pressure, fromMs + call * 10, {}, `${tier}-${number++}`)) turnedAway[tier]++
    }
    return turnedAway
  }
  return { ask, live, sink }
}

describe('shedding', () => {
  it('touches nobody while the upstream is at ease, or nothing is known of it', () => {
    const { ask, live } = aShedder()
    expect(live(5, 0)).toEqual({ proven: 0, paying: 0, unproven: 0 })
    expect(ask('unproven', undefined, START_MS + 5_000)).toBeUndefined()
    expect(ask('unproven', Number.NaN, START_MS + 5_000)).toBeUndefined()
  })

  it('does not take a flood that a limit refuses for a demand on the upstream', () => {
    const { ask, live, sink } = aShedder()
    live(20, 0)
    const refusal = aRuling({ tier: 'unproven', factor: TIERS.unproven }, [
      aLimitState({ exceeded: true }),
    ])
    for (let call = 0; call < 20_000; call++) {
      const flooding = aCall({ atMs: START_MS + 20_000 })
      ask('unproven', 0, START_MS + 20_000, {}, `flood-${call}`)
      sink.accept({ ...anEvent(), call: flooding, ruling: refusal })
    }
    expect(live(10, 0.75, START_MS + 20_001).paying).toBeGreaterThan(0)
  })

  it('takes from the least proven first', () => {
    const { live } = aShedder()
    live(20, 0)
    const mild = live(10, 0.3, START_MS + 20_000)
    expect(mild).toMatchObject({ proven: 0, paying: 0 })
    expect(mild.unproven / 1_000).toBeCloseTo(0.3, 1)
    const hard = live(10, 0.75, START_MS + 30_000)
    expect(hard).toMatchObject({ proven: 0, unproven: 600 })
    expect(hard.paying / 1_000).toBeCloseTo(0.15, 1)
  })

  it('comes to the best proven last', () => {
    const { live } = aShedder()
    live(20, 0)
    const worst = live(10, 0.98, START_MS + 20_000)
    expect(worst).toMatchObject({ paying: 300, unproven: 600 })
    expect(worst.proven / 1_000).toBeCloseTo(0.08, 1)
  })

  it('takes nothing that costs the upstream nothing, and leaves to others what no upstream serves', () => {
    const { ask, live } = aShedder()
    live(5, 0)
    const route = {
      operation: 'models.list',
      kind: 'list',
      metering: 'request',
      body: 'none',
    } as const
    for (let call = 0; call < 20; call++) {
      expect(ask('unproven', 0.98, START_MS + 5_000, { route })).toBeUndefined()
      expect(ask('unproven', 0.98, START_MS + 5_000, { ask: { model: 'nobody' } })).toBeUndefined()
    }
  })

  it('does the same for the same calls', () => {
    expect(aShedder().live(10, 0.8)).toEqual(aShedder().live(10, 0.8))
  })
})

describe('the wait of a call that was shed', () => {
  it('is the time until the upstream can be given the calls of its standing again, a little stretched', () => {
    const { ask, live } = aShedder()
    live(20, 0)
    // All of the unproven fit at a share of 1, all of the paying at 0.4; the share grows by 0.05 a second.
    const waits = Array.from({ length: 200 }, (_, call) =>
      ask('unproven', 0.7, START_MS + 20_000, {}, `new-${call}`),
    ).flatMap((shed) => (shed === undefined ? [] : [shed.retryAfterMs]))
    expect(waits).toHaveLength(200)
    expect(Math.min(...waits)).toBeGreaterThan(13_900)
    expect(Math.max(...waits)).toBeLessThan(14_000 * 1.26)
    expect(new Set(waits).size).toBeGreaterThan(100)
  })

  it('is between one second and sixty', () => {
    const { ask, live } = aShedder()
    live(5, 0)
    for (const pressure of [0.01, 0.5, 0.98, 1, 5, Infinity]) {
      for (let call = 0; call < 50; call++) {
        const shed = ask('unproven', pressure, START_MS + 5_000, {}, `some-${call}`)
        if (shed === undefined) continue
        expect(shed.retryAfterMs).toBeGreaterThanOrEqual(1_000)
        expect(shed.retryAfterMs).toBeLessThanOrEqual(60_000)
      }
    }
  })

  it('is rewarded: who comes back after it goes ahead of those who are new', () => {
    const { ask, live } = aShedder()
    live(20, 0)
    let passed = 0
    for (let round = 0; round < 20; round++) {
      const fromMs = START_MS + 20_000 + round * 30_000
      live(10, 0.3, fromMs - 10_000)
      const first = ask('unproven', 0.9, fromMs, {}, `sdk-${round}`)
      expect(first).toBeDefined()
      const backMs = fromMs + (first?.retryAfterMs ?? 0)
      live(5, 0.55, backMs - 5_000)
      if (ask('unproven', 0.55, backMs, {}, `sdk-${round}`) === undefined) passed++
    }
    expect(passed).toBeGreaterThanOrEqual(19)
  })
})

/** After a change of the load the shares take some seconds to follow; a part is kept to a few calls. */
const SETTLING_S = 40
const WITHIN = 6

describe('the order of shedding', () => {
  it('never sheds more of a better standing than of a lesser one, for any load and pressure', () => {
    const tier = fc.record({
      factor: fc.double({ min: 0, max: 10, noNaN: true }),
      callsPerS: fc.integer({ min: 1, max: 20 }),
    })
    const tiers = fc.uniqueArray(tier, {
      minLength: 2,
      maxLength: 6,
      selector: (one) => one.factor,
    })
    fc.assert(
      fc.property(tiers, fc.double({ min: 0, max: 0.98, noNaN: true }), (load, pressure) => {
        const { shed } = createShedder({ upstreamOf: () => 'main' })
        const facts = someFacts({ 'upstream.pressure': pressure })
        const counts = load
          .toSorted((a, b) => b.factor - a.factor)
          .map((one) => ({ ...one, asked: 0, passed: 0 }))
        for (let s = 0; s < SETTLING_S + 20; s++) {
          for (const one of counts) {
            for (let call = 0; call < one.callsPerS; call++) {
              const atMs = START_MS + s * 1_000 + Math.floor((call * 1_000) / one.callsPerS)
              const passed = shed(aCall({ atMs }), aDecision({ factor: one.factor }), facts)
              if (s < SETTLING_S) continue
              one.asked++
              if (passed === undefined) one.passed++
            }
          }
        }
        for (const [at, { asked, passed }] of counts.entries()) {
          const better = counts[at - 1]
          if (better === undefined) continue
          const most = (better.passed + WITHIN) / better.asked + WITHIN / asked
          expect(passed / asked).toBeLessThanOrEqual(most)
        }
        const offered = counts.reduce((sum, { asked }) => sum + asked, 0)
        const through = counts.reduce((sum, { passed }) => sum + passed, 0)
        expect(Math.abs(through / offered - (1 - pressure))).toBeLessThan(0.12)
      }),
      { seed: 20261120, numRuns: 40 },
    )
  })
})
