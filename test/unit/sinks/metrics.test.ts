import { describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { createMetrics } from '../../../src/sinks/metrics.ts'
import {
  aLimitState,
  anEvent,
  aRefusedArrival,
  aRuling,
  someFacts,
} from '../../support/an-event.ts'

const lines = async (metrics: ReturnType<typeof createMetrics>): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith('stillwatch_'))

const bucket = (le: string): string =>
  `stillwatch_verb_duration_seconds_bucket{verb="read",le="${le}"}`

describe('the metrics', () => {
  it('count calls by dialect, ruling and outcome, and each scrape sees the same', async () => {
    const metrics = createMetrics({ version: '1.2.3' })
    for (let n = 0; n < 3; n++) metrics.sink.accept(anEvent())
    metrics.sink.accept(aRefusedArrival())
    for (let scrape = 0; scrape < 2; scrape++) {
      expect(await lines(metrics)).toEqual(
        expect.arrayContaining([
          'stillwatch_calls_total{dialect="openai",verdict="allow",outcome="served"} 3',
          'stillwatch_calls_total{dialect="none",verdict="none",outcome="refused"} 1',
        ]),
      )
    }
  })

  it('count hits of rules and limits by whether they acted', async () => {
    const metrics = createMetrics({ version: '1' })
    const ruling = aRuling(
      { rule: 'r-1', shadow: [{ rule: 'r-2', verdict: 'deny', because: 'rollout' }] },
      [
        aLimitState({ limit: 'l-1', exceeded: true }),
        aLimitState({ limit: 'l-2', exceeded: true, enforced: false }),
        aLimitState({ limit: 'l-3' }),
      ],
    )
    metrics.sink.accept(anEvent({ ruling }))
    const text = await lines(metrics)
    expect(text).toContain('stillwatch_rule_hits_total{rule="r-1",mode="enforce"} 1')
    expect(text).toContain('stillwatch_rule_hits_total{rule="r-2",mode="shadow"} 1')
    expect(text).toContain('stillwatch_limit_hits_total{limit="l-1",mode="enforce"} 1')
    expect(text).toContain('stillwatch_limit_hits_total{limit="l-2",mode="shadow"} 1')
    expect(text.filter((line) => line.includes('l-3'))).toEqual([])
  })

  it('count settled tokens by direction and source', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.sink.accept(anEvent())
    metrics.sink.accept(anEvent({ settledFrom: 'estimated' }))
    const text = await lines(metrics)
    expect(text).toContain('stillwatch_tokens_total{direction="input",source="reported"} 12')
    expect(text).toContain('stillwatch_tokens_total{direction="output",source="estimated"} 34')
  })

  it('measure verbs and what the guard adds to the first byte, in seconds', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.sink.accept(
      anEvent({ verbMs: { read: 1, enrich: 1, decide: 0.02, admit: 0, forward: 400 } }),
    )
    metrics.sink.accept(anEvent({ verbMs: { read: 0.02 } }))
    metrics.sink.accept(anEvent({ verbMs: { read: NaN } }))
    const text = await lines(metrics)
    expect(text).toContain(`${bucket('0.00001')} 0`)
    expect(text).toContain(`${bucket('0.000025')} 1`)
    expect(text).toContain(`${bucket('0.001')} 2`)
    expect(text).toContain(`${bucket('+Inf')} 2`)
    expect(text).toContain('stillwatch_verb_duration_seconds_count{verb="read"} 2')
    expect(text).toContain('stillwatch_first_byte_added_seconds_count 1')
    expect(text).toContain('stillwatch_first_byte_added_seconds_sum 0.00202')
    expect(text.filter((line) => line.includes('verb="admit"')).at(-1)).toMatch(/count.* 1$/)
  })

  it('name the sources of facts that were late or failed, once a call', async () => {
    const metrics = createMetrics({
      version: '1',
      signals: [
        { name: 'geo', provides: ['ip.country', 'ip.asn'] },
        { name: 'account', provides: ['account.id'] },
        { name: 'payment', provides: ['payment.status'] },
      ],
    })
    const facts = someFacts({
      'ip.country': UNKNOWN.late,
      'ip.asn': UNKNOWN.late,
      'account.id': UNKNOWN.failed,
      'payment.status': UNKNOWN.absent,
    })
    metrics.sink.accept(anEvent({ facts }))
    expect((await lines(metrics)).filter((line) => line.includes('misses'))).toEqual([
      'stillwatch_signal_misses_total{source="geo",why="late"} 1',
      'stillwatch_signal_misses_total{source="account",why="failed"} 1',
    ])
  })

  it('tell about policy, drops and build, before anything happened too', async () => {
    const metrics = createMetrics({ version: '1.2.3' })
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'stillwatch_policy_reloads_total{result="failed"} 0',
        'stillwatch_policy_stale 0',
        `stillwatch_build_info{version="1.2.3",node="${process.version}"} 1`,
      ]),
    )
    metrics.reloaded('failed')
    metrics.stale(true)
    metrics.dropped('decision-log', 7)
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'stillwatch_policy_reloads_total{result="failed"} 1',
        'stillwatch_policy_stale 1',
        'stillwatch_events_dropped_total{sink="decision-log"} 7',
      ]),
    )
  })

  it('never name an account or an address, and stay bounded when ids do not', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.sink.accept(anEvent())
    for (let n = 0; n < 5_000; n++) {
      metrics.sink.accept(anEvent({ ruling: aRuling({ rule: `made-up-${n}` }) }))
    }
    const text = await lines(metrics)
    expect(text.join('\n')).not.toMatch(/acct_1|203\.0\.113|credential-hash/)
    expect(text.filter((line) => line.startsWith('stillwatch_rule_hits_total'))).toHaveLength(2_001)
    expect(text).toContain('stillwatch_rule_hits_total{rule="other",mode="enforce"} 3000')
  })

  it('are in the text format, with odd ids escaped', async () => {
    const metrics = createMetrics({ version: '1' })
    metrics.sink.accept(anEvent({ ruling: aRuling({ rule: 'a"b\\c\nd' }) }))
    expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(await metrics.text()).toContain('rule="a\\"b\\\\c\\nd"')
  })
})
