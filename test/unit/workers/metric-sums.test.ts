import { Counter, Gauge, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../../src/sinks/metrics.ts'
import { keptCounts, metricSnapshot, metricText } from '../../../src/workers/metric-sums.ts'
import { aServedEvent } from '../../support/a-served-event.ts'

const snapshotOf = async (registry: Registry) =>
  metricSnapshot(structuredClone(await registry.getMetricsAsJSON())) ?? expect.unreachable()

const event = aServedEvent({ changes: { verbMs: { read: 1, decide: 1, forward: 5 } } })

const worker = async (calls: number) => {
  const metrics = createMetrics({ version: '1.2.3' })
  for (let call = 0; call < calls; call++) metrics.sink.accept(event)
  metrics.dropped('decisions', calls)
  return snapshotOf(metrics.registry)
}

describe('metrics of several processes', () => {
  it('are added up series by series, histograms too; what is one for all stays one', async () => {
    const text = await metricText([await worker(2), await worker(3)])
    expect(text).toMatch(/^stillwatch_calls_total\{.*outcome="served"\} 5$/m)
    expect(text).toMatch(/^stillwatch_events_dropped_total\{sink="decisions"\} 5$/m)
    expect(text).toMatch(/^stillwatch_first_byte_added_seconds_count 5$/m)
    expect(text).toMatch(/^stillwatch_first_byte_added_seconds_bucket\{le="\+Inf"\} 5$/m)
    expect(text).toMatch(/^stillwatch_build_info\{.*\} 1$/m)
    expect(text.match(/^# TYPE stillwatch_calls_total counter$/gm)).toHaveLength(1)
  })

  it('leave out means of nothing, which a process that has just begun tells', async () => {
    const young = new Registry()
    new Gauge({ name: 'mean', help: 'h', registers: [young] }).set(Number.NaN)
    new Gauge({ name: 'most', help: 'h', registers: [young] }).set(Number.POSITIVE_INFINITY)
    const old = new Registry()
    new Gauge({ name: 'mean', help: 'h', registers: [old] }).set(2)
    const text = await metricText([await snapshotOf(young), await snapshotOf(old)])
    expect(text).toMatch(/^mean 2$/m)
    expect(text).not.toMatch(/NaN|Inf/)
  })

  it('keep the counts of a process that ended, and nothing of what it held', async () => {
    const registry = new Registry()
    new Counter({ name: 'counted_total', help: 'h', registers: [registry] }).inc(3)
    new Gauge({ name: 'held', help: 'h', registers: [registry] }).set(9)
    const dead = await snapshotOf(registry)
    const kept = await keptCounts([await keptCounts([dead]), dead])
    expect(await metricText([kept])).toBe(
      '# HELP counted_total h\n# TYPE counted_total counter\ncounted_total 6\n',
    )
    const text = await metricText([await keptCounts([await worker(2)]), await worker(1)])
    expect(text).toMatch(/^stillwatch_calls_total\{.*\} 3$/m)
    expect(text).toMatch(/^stillwatch_first_byte_added_seconds_count 3$/m)
  })

  it.each([
    ['no list', {}],
    ['a metric without values', [{ name: 'n', help: 'h', type: 'counter', aggregator: 'sum' }]],
    [
      'an unknown way to add up',
      [{ name: 'n', help: 'h', type: 'counter', aggregator: 'constructor', values: [] }],
    ],
    [
      'a value that is no number',
      [
        {
          name: 'n',
          help: 'h',
          type: 'counter',
          aggregator: 'sum',
          values: [{ value: '1', labels: {} }],
        },
      ],
    ],
  ])('are not taken from %s', (_what, body) => {
    expect(metricSnapshot(body)).toBeUndefined()
  })
})
