import { Counter, Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createChannel } from '../../../src/workers/channel.ts'
import { metricText } from '../../../src/workers/metric-sums.ts'
import type { PoolWorker } from '../../../src/workers/pool.ts'
import { tellVitals, watchVitals } from '../../../src/workers/vitals.ts'
import { wirePair } from '../../support/wire-pair.ts'

const rig = () => {
  const ended: string[] = []
  const registry = new Registry()
  const counter = new Counter({ name: 'n_total', help: 'h', registers: [registry] })
  const [near, far] = wirePair()
  const options = { onNonsense: (what: string) => void ended.push(what) }
  const worker: PoolWorker = { place: 1, id: 'w1', channel: createChannel(near, options) }
  const there = createChannel(far, options)
  const living = [worker]
  const vitals = watchVitals({
    ready: () => living,
    end: ({ id }, because) => void ended.push(`${id}: ${because}`),
  })
  const count = async (): Promise<string | undefined> =>
    /^n_total (\d+)$/m.exec(await metricText(await vitals.metrics()))?.[1]
  return { ended, registry, counter, near, far, worker, there, living, vitals, count }
}

describe('how workers do', () => {
  beforeEach(
    () => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }),
  )
  afterEach(() => void vi.useRealTimers())

  it('is asked at each scrape, and the counts of one that died stay', async () => {
    const { registry, counter, there, worker, living, vitals, count } = rig()
    tellVitals(there, async () => ({
      metrics: await registry.getMetricsAsJSON(),
      degraded: ['geoip'],
    }))
    counter.inc(3)
    expect(await count()).toBe('3')
    expect(vitals.degraded()).toEqual(['geoip'])
    counter.inc(2)
    expect(await count()).toBe('5')
    living.pop()
    vitals.lost(worker)
    expect(await count()).toBe('5')
    expect(vitals.degraded()).toEqual([])
    vitals.close()
  })

  it('is shown as last heard while one hangs, which is ended after 15 s', async () => {
    const { registry, counter, there, far, ended, vitals, count } = rig()
    tellVitals(there, async () => ({ metrics: await registry.getMetricsAsJSON(), degraded: [] }))
    counter.inc(3)
    expect(await count()).toBe('3')
    far.hold(true)
    const asked = count()
    for (let second = 0; second < 17; second++) {
      vi.advanceTimersByTime(1_000)
      await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await asked).toBe('3')
    expect(ended).toEqual(['w1: it did not answer for 15 s'])
    vitals.close()
  })

  it.each([
    ['nothing', undefined],
    ['metrics that are none', { metrics: [{ name: 7 }], degraded: [] }],
    ['words beyond all measure', { metrics: [], degraded: ['x'.repeat(65)] }],
  ])('ends one that answers %s', async (_what, answer) => {
    const { there, ended, vitals, count } = rig()
    there.answer('vitals', () => answer)
    expect(await count()).toBeUndefined()
    expect(ended).toEqual(['w1: it told nonsense of itself'])
    vitals.close()
  })
})
