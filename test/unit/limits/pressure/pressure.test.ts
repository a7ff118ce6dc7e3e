import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../../src/core/event.ts'
import { createPressure, type Pressure } from '../../../../src/limits/pressure/pressure.ts'
import { aCall } from '../../../support/a-call.ts'
import { aServedEvent } from '../../../support/a-served-event.ts'
import { createFakeClock } from '../../../support/clock.ts'

const aPressure = () => {
  const clock = createFakeClock()
  const pressure = createPressure({ clock })
  let number = 0
  /** Seconds of thirty calls each, by ever new callers. */
  const live = (seconds: number, changes: Partial<CallEvent> = {}): void => {
    for (let s = 0; s < seconds; s++) {
      for (let call = 0; call < 30; call++) {
        const credentialId = `credential-${number++ % 50}`
        const at = { credentialId, atMs: clock.now() }
        const event = aServedEvent({ ...at, changes: { firstByteMs: 300, ...changes } })
        pressure.sink.accept(event)
      }
      clock.advance(1_000)
    }
  }
  return { clock, pressure, live }
}
const fault = (code: CallEvent['fault']): Partial<CallEvent> => ({
  outcome: 'faulted',
  fault: code,
  upstreamStatus: undefined,
  firstByteMs: undefined,
})

describe('what raises the pressure of an upstream', () => {
  it('stays plain to see in a flood of credentials it does not know', () => {
    const { clock, pressure, live } = aPressure()
    live(5)
    for (let call = 0; call < 1_000; call++) {
      const at = { credentialId: `made-up-${call}`, atMs: clock.now() }
      pressure.sink.accept(aServedEvent({ ...at, changes: { upstreamStatus: 401 } }))
    }
    live(1, { upstreamStatus: 503 })
    expect(pressure.of('main')).toBeCloseTo(0.3)
  })

  it.each<[string, Partial<CallEvent>]>([
    ['429', { upstreamStatus: 429 }],
    ['500', { upstreamStatus: 500 }],
    ['503', { upstreamStatus: 503 }],
    ['529', { upstreamStatus: 529 }],
    ['a connection that fails', fault('upstream_unreachable')],
    ['an answer that breaks off', fault('upstream_broken')],
    ['an answer that does not come in time', fault('upstream_timeout')],
  ])('%s', (_, changes) => {
    const { pressure, live } = aPressure()
    live(5)
    expect(pressure.of('main')).toBe(0)
    live(1, changes)
    expect(pressure.of('main')).toBeCloseTo(0.3)
    expect(pressure.of('other')).toBe(0)
  })

  it('a first byte that takes much longer than is usual', () => {
    const { pressure, live } = aPressure()
    live(5)
    live(2, { firstByteMs: 2_000 })
    expect(pressure.of('main')).toBeCloseTo(0.3)
  })

  it('callers who wait in vain for much longer than is usual', () => {
    const { pressure, live } = aPressure()
    const left = { ...fault('client_gone'), outcome: 'client_gone' } as const
    live(5)
    live(5, { ...left, totalMs: 200 })
    expect(pressure.of('main')).toBe(0)
    live(2, { ...left, totalMs: 5_000 })
    expect(pressure.of('main')).toBeCloseTo(0.3)
  })
})

describe('what does not', () => {
  it.each<[string, Partial<CallEvent>]>([
    ['400', { upstreamStatus: 400 }],
    ['404', { upstreamStatus: 404 }],
    ['501', { upstreamStatus: 501 }],
    ['callers who leave an answer under way', { outcome: 'client_gone', fault: 'client_gone' }],
    ['a drain of the guard', fault('draining')],
    ['what the guard itself takes', { firstByteMs: 5_300, verbMs: { read: 4_990, enrich: 10 } }],
    ['long answers whose first byte is as usual', { totalMs: 120_000 }],
  ])('%s', (_, changes) => {
    const { pressure, live } = aPressure()
    live(5)
    live(5, changes)
    expect(pressure.of('main')).toBe(0)
  })

  it('calls that cost the upstream nothing', () => {
    const { pressure, live } = aPressure()
    const route = {
      operation: 'models.list',
      kind: 'list',
      metering: 'request',
      body: 'none',
    } as const
    live(5, { call: aCall({ route }), upstreamStatus: 503 })
    expect(pressure.of('main')).toBe(0)
  })
})

describe('the pressure of an upstream', () => {
  it('goes by itself once the upstream serves its calls again', () => {
    const { pressure, live } = aPressure()
    live(3)
    live(8, { upstreamStatus: 429 })
    expect(pressure.of('main')).toBeGreaterThan(0.9)
    live(25)
    expect(pressure.of('main')).toBe(0)
  })

  it('is the same for the same events at the same times', () => {
    const run = (): readonly number[] => {
      const { pressure, live } = aPressure()
      return Array.from({ length: 40 }, (_, s) => {
        live(1, s % 7 < 3 ? { upstreamStatus: 429 } : {})
        return pressure.of('main')
      })
    }
    expect(run()).toEqual(run())
    expect(new Set(run()).size).toBeGreaterThan(10)
  })
})

describe('what the processes of a fleet tell each other', () => {
  const strained = (): Pressure => {
    const { pressure, live } = aPressure()
    live(10)
    live(1, { upstreamStatus: 429 })
    return pressure
  }

  it('is their mean by calls', () => {
    const { pressure, live } = aPressure()
    live(10)
    pressure.heard([strained().note()])
    expect(pressure.of('main')).toBeCloseTo(0.15, 1)
    pressure.heard([strained().note(), strained().note(), strained().note()])
    expect(pressure.of('main')).toBeCloseTo(0.225, 1)
  })

  it('counts for one that has not asked the upstream itself', () => {
    const { pressure } = aPressure()
    pressure.heard([strained().note()])
    expect(pressure.of('main')).toBeCloseTo(0.3)
  })

  it('is forgotten when nobody was heard for a while', () => {
    const { pressure, clock, live } = aPressure()
    live(10)
    pressure.heard(['[["main",1,30]]'])
    expect(pressure.of('main')).toBeGreaterThan(0.4)
    clock.advance(16_000)
    expect(pressure.of('main')).toBe(0)
  })

  it('gives none of them more than ten times our own say, whatever load it claims', () => {
    const { pressure, live } = aPressure()
    live(60)
    pressure.heard(['[["main",1,1000000]]'])
    expect(pressure.of('main')).toBeLessThan(10.1 / 11)
  })

  it.each([
    '',
    'null',
    '{',
    '{"main":1}',
    '[["main",2,1]]',
    '[["main",-1,1]]',
    '[["main",1]]',
    '[["main","1",1]]',
    '[["main",1,1e300]]',
    '[[["main"],1,1]]',
    '[null,1,"x"]',
    `[["main",1,1,"${'x'.repeat(20_000)}"]]`,
  ])('is left out where it is nonsense: %.30s', (note) => {
    const { pressure, live } = aPressure()
    live(1)
    expect(() => pressure.heard([note])).not.toThrow()
    expect(pressure.of('main')).toBe(0)
  })

  it('is never longer than a store takes, whatever the upstreams are called', () => {
    const { pressure, live } = aPressure()
    for (let at = 0; at < 64; at++) live(1, { upstream: `${at}`.padEnd(64, 'x') })
    expect(pressure.note().length).toBeLessThanOrEqual(4_096)
    expect(JSON.parse(pressure.note())).toBeInstanceOf(Array)
    expect(pressure.note().length).toBeGreaterThan(3_000)
  })

  it('stays short and is understood', () => {
    const { pressure, clock } = aPressure()
    for (let upstream = 0; upstream < 1_000; upstream++) {
      pressure.sink.accept(
        aServedEvent({
          atMs: clock.now(),
          changes: { upstream: `u-${upstream}`, upstreamStatus: 429 },
        }),
      )
    }
    expect(pressure.note().length).toBeLessThan(16_384)
    expect(pressure.readings().length).toBeLessThanOrEqual(256)
  })
})
