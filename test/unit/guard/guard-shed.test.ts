import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import type { Shed } from '../../../src/core/decision.ts'
import { createGuard } from '../../../src/guard/guard.ts'
import { aPolicy } from '../../support/a-policy.ts'
import { aReader } from '../../support/a-reader.ts'
import { createFakeClock } from '../../support/clock.ts'
import { fakeExchange } from '../../support/fake-exchange.ts'
import { someFacts } from '../../support/some-facts.ts'

const POLICY = `rules:
  - { id: no, when: 'request.model == "denied"', then: deny }
limits:
  - { id: calls, per: [caller.network], count: requests, quota: 9, window: 1m }`

/** A guard whose shedder and counters note what they are asked. */
const run = async (model: string, shed: Shed | undefined) => {
  const asked: string[] = []
  const events: CallEvent[] = []
  const clock = createFakeClock()
  const guard = createGuard({
    clock,
    limiter: {
      admit: (_demands, cost) => {
        asked.push('counters')
        return { admitted: true, lease: { cost }, states: [], degraded: false }
      },
      settle: () => void asked.push('settled'),
      peek: () => [],
      forget: () => [],
      close: () => Promise.resolve(),
    },
    sink: {
      name: 'events',
      accept: (event) => void events.push(event),
      close: () => Promise.resolve(),
    },
    policy: { current: () => aPolicy(POLICY) },
    shed: (call, decision) => {
      asked.push(`shed ${call.ask.model} ${decision.tier}`)
      return shed
    },
    upstream: {
      forward: (_call, exchange) => {
        asked.push('upstream')
        exchange.start(200, [])
        exchange.end()
        return Promise.resolve({
          kind: 'complete',
          fault: undefined,
          usage: undefined,
          estimatedOutputTokens: 0,
          bytesOut: 0,
        })
      },
      close: () => Promise.resolve(),
    },
    reader: aReader({ clock }),
    gather: () => someFacts({ 'request.model': model, 'caller.network': '203.0.113.0/24' }),
    modelTerms: () => ({ byDefault: 1, atMost: 1 }),
    onInternal: (fault) => {
      throw fault
    },
  })
  const exchange = fakeExchange({ body: JSON.stringify({ model, messages: [] }) })
  await guard(exchange)
  return { asked, exchange, event: events[0] }
}

describe('a guard that sheds', () => {
  it('asks after the policy and before the counters', async () => {
    const { asked } = await run('m-1', undefined)
    expect(asked.slice(0, 3)).toEqual([expect.stringMatching(/^shed m-1 /), 'counters', 'upstream'])
    expect(asked).toContain('settled')
  })

  it('charges nothing for a call that it turns away, and records why', async () => {
    const shed = { upstream: 'main', pressure: 0.8, retryAfterMs: 7_000 }
    const { asked, exchange, event } = await run('m-1', shed)
    expect(asked).toHaveLength(1)
    expect(exchange.answer.status).toBe(503)
    const { rawHeaders } = exchange.answer
    expect(rawHeaders[rawHeaders.indexOf('retry-after-ms') + 1]).toBe('7000')
    expect(event).toMatchObject({
      outcome: 'refused',
      settled: undefined,
      ruling: { verdict: 'throttle', admission: undefined, shed },
    })
  })

  it('does not ask about a call that the policy refuses', async () => {
    expect(
      (await run('denied', { upstream: 'main', pressure: 1, retryAfterMs: 1_000 })).asked,
    ).toEqual([])
  })
})
