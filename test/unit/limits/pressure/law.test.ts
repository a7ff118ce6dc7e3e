import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createShareLaw, FLOOR, INCREASE_PER_S } from '../../../../src/limits/pressure/law.ts'

type Told = { readonly refused?: boolean; readonly slow?: boolean; readonly caller?: string }

/** A law with a second hand: every step tells so many calls that were let in and ended in that second. */
const aLaw = () => {
  const law = createShareLaw()
  let nowMs = 1_000_000
  const second = (calls: readonly Told[]): number => {
    for (const [at, { refused = false, slow, caller = `caller-${at % 20}` }] of calls.entries()) {
      law.record({ letInMs: nowMs + 1, caller, refused, slow }, nowMs + 500)
    }
    nowMs += 1_000
    return law.share(nowMs)
  }
  return { law, second, nowMs: () => nowMs }
}
const times = (count: number, told: Told): readonly Told[] =>
  Array.from({ length: count }, () => told)

describe('the law of an upstream', () => {
  it('leaves an upstream that serves its calls everything', () => {
    const { second } = aLaw()
    for (let s = 0; s < 60; s++) expect(second(times(50, {}))).toBe(1)
  })

  it('takes nothing from all for what a few callers meet, however much they call', () => {
    const { second } = aLaw()
    for (let s = 0; s < 30; s++) {
      const loud = [0, 1, 2].flatMap((at) => times(20, { refused: true, caller: `loud-${at}` }))
      const quiet = Array.from({ length: 100 }, (_, at): Told => ({ caller: `${s % 7}-${at}` }))
      expect(second([...loud, ...quiet])).toBe(1)
    }
  })

  it('takes away by a factor, once a tick, down to the floor, and gives back by a constant', () => {
    const { second } = aLaw()
    expect(second(times(50, { refused: true }))).toBeCloseTo(0.7)
    expect(second(times(50, { refused: true }))).toBeCloseTo(0.49)
    for (let s = 0; s < 20; s++) second(times(50, { refused: true }))
    expect(second(times(50, { refused: true }))).toBe(FLOOR)
    expect(second(times(50, {}))).toBeCloseTo(FLOOR + INCREASE_PER_S)
    expect(second(times(50, {}))).toBeCloseTo(FLOOR + 2 * INCREASE_PER_S)
    for (let s = 0; s < 18; s++) second(times(50, {}))
    expect(second(times(50, {}))).toBe(1)
  })

  it('never leaves its bounds and always recovers, whatever it is told and when', () => {
    const step = fc.record({
      pauseMs: fc.integer({ min: -20_000, max: 20_000 }),
      calls: fc.integer({ min: 0, max: 60 }),
      refused: fc.integer({ min: 0, max: 10 }),
      slow: fc.option(fc.boolean(), { nil: undefined }),
      agoMs: fc.integer({ min: 0, max: 30_000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const law = createShareLaw()
        let nowMs = 1_000_000_000
        for (const { pauseMs, calls, refused, slow, agoMs } of steps) {
          nowMs += pauseMs
          for (let call = 0; call < calls; call++) {
            const outcome = { letInMs: nowMs - agoMs, caller: `${call}`, slow }
            law.record({ ...outcome, refused: call % 10 < refused }, nowMs)
          }
          const share = law.share(nowMs)
          expect(share).toBeGreaterThanOrEqual(FLOOR)
          expect(share).toBeLessThanOrEqual(1)
        }
        // A clock that was set back by less than the law forgives has to catch up first.
        expect(law.share(nowMs + 60_000)).toBe(1)
      }),
      { seed: 20261120, numRuns: 200 },
    )
  })

  it('does not flap under light traffic: a failure now and then is none of the upstream’s state', () => {
    const { second } = aLaw()
    for (let s = 0; s < 600; s++) {
      const calls = s % 3 === 0 ? [{ refused: s % 30 === 0 }] : []
      expect(second(calls)).toBe(1)
    }
  })

  it('still sees light traffic that is refused throughout', () => {
    const { second } = aLaw()
    let least = 1
    for (let s = 0; s < 30; s++) least = Math.min(least, second(times(2, { refused: true })))
    expect(least).toBeLessThan(0.3)
  })

  it('hears no second complaint about calls that were let in before it gave way', () => {
    const { law, second, nowMs } = aLaw()
    expect(second(times(50, { refused: true }))).toBeCloseTo(0.7)
    const at = nowMs()
    for (let call = 0; call < 100; call++) {
      law.record({ letInMs: at - 100, caller: `${call}`, refused: true, slow: undefined }, at + 10)
    }
    expect(law.share(at + 1_000)).toBeCloseTo(0.7)
  })

  it('stands still until a call let in since has come back well, ten seconds at most', () => {
    const { law, second, nowMs } = aLaw()
    second(times(50, { refused: true }))
    const at = nowMs()
    expect(law.share(at + 9_000)).toBeCloseTo(0.7)
    expect(law.share(at + 12_000)).toBeCloseTo(0.8)
  })

  it('takes slowness alone for less: never more than three quarters', () => {
    const { second } = aLaw()
    for (let s = 0; s < 60; s++) second(times(50, { slow: true }))
    expect(second(times(50, { slow: true }))).toBe(0.25)
  })

  it('takes one slow second for a pause of the machine it runs on', () => {
    const { second } = aLaw()
    for (let s = 0; s < 60; s++) expect(second(times(50, { slow: s % 2 === 0 }))).toBe(1)
    second(times(50, { slow: true }))
    expect(second(times(50, { slow: true }))).toBeCloseTo(0.7)
  })

  it('does not listen to slow calls while most are as usual', () => {
    const { second } = aLaw()
    const mixed = [...times(20, { slow: true }), ...times(30, { slow: false })]
    for (let s = 0; s < 60; s++) expect(second(mixed)).toBe(1)
  })

  it('lets no single caller speak for the upstream, unless there is no other', () => {
    const hammering = { refused: true, caller: 'over-its-own-limit' }
    const { second } = aLaw()
    for (let s = 0; s < 60; s++)
      expect(second([...times(20, {}), ...times(200, hammering)])).toBe(1)
    const alone = aLaw()
    expect(alone.second(times(50, hammering))).toBeCloseTo(0.7)
  })

  it('goes on where the clock was set back by an hour', () => {
    const { law, second, nowMs } = aLaw()
    second(times(50, { refused: true }))
    const back = nowMs() - 3_600_000
    law.share(back)
    expect(law.share(back + 30_000)).toBe(1)
  })

  it('knows how many calls a second it hears of', () => {
    const { law, second, nowMs } = aLaw()
    for (let s = 0; s < 100; s++) second(times(30, {}))
    expect(law.callsPerS(nowMs())).toBeGreaterThan(25)
    expect(law.callsPerS(nowMs())).toBeLessThan(31)
    expect(law.callsPerS(nowMs() + 120_000)).toBeLessThan(0.01)
  })
})
