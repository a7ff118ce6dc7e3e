import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import { FACT_NAMES, FACTS, type FactName, type Findings } from '../../../src/core/facts.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import type { Addresses } from '../../../src/sinks/address-mask.ts'
import { createDecisionRecord } from '../../../src/sinks/decision-record.ts'
import { RECORD_FIELDS } from '../../../src/sinks/record-fields.ts'
import { NAUGHTY } from '../../fixtures/naughty.ts'
import { aCall } from '../../support/a-call.ts'
import {
  aLimitState,
  anEvent,
  aRefusedArrival,
  aRuling,
  someFacts,
} from '../../support/an-event.ts'
import { sharedRows } from '../../support/shared-data.ts'

type Plain = Record<string, unknown>
const hash = createKeyedHash(Buffer.alloc(32, 7), 'addresses')
const write = (event: CallEvent, addresses: Addresses = 'network'): string =>
  createDecisionRecord({ addresses, hash })(event)
const read = (event: CallEvent, addresses?: Addresses): Plain =>
  JSON.parse(write(event, addresses)) as Plain

const anOffer = {
  id: 'sealed',
  name: 'AAAAAAAAAAAAAAAAAAAAAA',
  kind: 'step_up',
  url: 'https://guard.example/.stillwatch/challenges/sealed',
  expiresMs: 0,
} as const

const STEP_UP = {
  kind: 'step_up',
  validMs: 60_000,
  lifetimeMs: 60_000,
  bind: [],
  difficulty: 1,
} as const

/** An event in which every field that can stand in a record does. */
const fullEvent = (): CallEvent => {
  const states = [aLimitState({ exceeded: true, remaining: 0, resetMs: 1234.5 })]
  const ruling = aRuling(
    {
      rule: 'r-1',
      why: 'because',
      challenge: STEP_UP,
      cleared: ['r-5'],
      tags: ['t'],
      reshapedBy: ['r-4'],
      score: 12.5,
      scoreReasons: ['hosting-ip'],
      shadow: [{ rule: 'r-2', verdict: 'deny', because: 'rollout' }],
      reasons: [
        { kind: 'unknown', in: 'r-3', fact: 'ip.asn', why: 'late' },
        { kind: 'error', in: 'weights.w-1', text: 'division by zero' },
      ],
    },
    states,
  )
  const usage = { inputTokens: 1, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 4 }
  return anEvent({
    call: aCall({ ask: { maxTokens: 100, stream: true } }),
    ruling: { ...ruling, offered: { kind: 'offer', offer: anOffer } },
    usage,
    reshaped: {
      changed: [
        { field: 'max_tokens', from: 9_000, to: 2_048 },
        { field: 'logprobs', from: true },
        { field: 'reasoning.summary' },
      ],
      unsupported: ['reasoning'],
    },
    fault: 'upstream_broken',
    faultCause: 'ECONNRESET',
    outcome: 'faulted',
  })
}

describe('a decision record', () => {
  it('says what happened, under OpenTelemetry names where they exist', () => {
    expect(read(anEvent())).toEqual({
      v: 1,
      time: '2026-04-22T00:00:00.000Z',
      'stillwatch.decision.id': '01k0000000000000000000',
      'stillwatch.outcome': 'served',
      'http.request.method': 'POST',
      'url.path': '/v1/chat/completions',
      'http.response.status_code': 200,
      'stillwatch.upstream.id': 'main',
      'stillwatch.upstream.status_code': 200,
      'client.address': '203.0.113.0/24',
      'client.as.number': 64500,
      'client.as.organization': 'Example Net',
      'user_agent.original': 'test/1',
      'stillwatch.dialect': 'openai',
      'stillwatch.operation': 'chat.completions.create',
      'gen_ai.request.model': 'm-1',
      'gen_ai.request.stream': false,
      'stillwatch.ruling': 'allow',
      'stillwatch.verdict': 'allow',
      'stillwatch.risk.score': 0,
      'stillwatch.trust.tier': 'paying',
      'stillwatch.trust.factor': 1,
      'stillwatch.limits': [
        {
          limit: 'requests-per-account-minute',
          quota: 100,
          cost: 1,
          remaining: 99,
          reset_ms: 60_000,
        },
      ],
      'stillwatch.policy.revision': 'rev-1',
      'stillwatch.facts': {
        'caller.network': '203.0.113.0/24',
        'caller.credential': 'credential-hash',
        'account.known': true,
        'account.id': 'acct_1',
        'account.age_days': 41.5,
        'payment.verified': true,
        'ip.country': 'FR',
      },
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 34,
      'stillwatch.settled': { input_tokens: 12, output_tokens: 34, from: 'reported' },
      'stillwatch.bytes_out': 512,
      'stillwatch.timings_us': {
        read: 50,
        enrich: 20,
        decide: 10,
        admit: 20,
        forward: 812_000,
        first_byte: 210_500,
        total: 812_250,
      },
    })
  })

  it('has no field that the table does not list, and each one that it does, in its order', () => {
    const listed = Object.keys(RECORD_FIELDS)
    const seen = new Set([
      ...Object.keys(read(fullEvent())),
      ...Object.keys(read(aRefusedArrival())),
      // Both are written for rare calls alone; decision-record-shed.test.ts looks at them.
      'stillwatch.shed',
      'stillwatch.degraded',
    ])
    expect([...seen].filter((name) => !listed.includes(name))).toEqual([])
    expect(listed.filter((name) => !seen.has(name))).toEqual([])
    const order = Object.keys(read(fullEvent())).map((name) => listed.indexOf(name))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  it('tells what a request lost, by which rules, and what it could not lose', () => {
    const record = read(fullEvent())
    expect(record['stillwatch.reshape.rules']).toEqual(['r-4'])
    expect(record['stillwatch.reshaped']).toEqual([
      { field: 'max_tokens', from: 9_000, to: 2_048 },
      { field: 'logprobs', from: true },
      { field: 'reasoning.summary' },
    ])
    expect(record['stillwatch.unsupported']).toEqual(['reasoning'])
  })

  it('tells what was asked for by its name, never by what opens it, and what was passed', () => {
    const record = read(fullEvent())
    expect(record['stillwatch.challenge.kind']).toBe('step_up')
    expect(record['stillwatch.challenge.id']).toBe(anOffer.name)
    expect(record['stillwatch.cleared']).toEqual(['r-5'])
    expect(JSON.stringify(record)).not.toContain('sealed')
    const ruling = aRuling({ verdict: 'challenge', challenge: STEP_UP })
    const limited = { ...ruling, offered: { kind: 'limited', retryAfterMs: 5 } } as const
    const without = read(anEvent({ ruling: limited }))
    expect(without['stillwatch.challenge.kind']).toBe('step_up')
    expect(without).not.toHaveProperty(['stillwatch.challenge.id'])
  })

  it('tells a refusal by a limit, its wait and what was lacking', () => {
    const record = read(fullEvent())
    expect(record['stillwatch.ruling']).toBe('throttle')
    expect(record['stillwatch.verdict']).toBe('allow')
    expect(record['stillwatch.refused_by']).toBe('requests-per-account-minute')
    expect(record['stillwatch.retry_after_ms']).toBe(1235)
    expect(record['stillwatch.limits']).toMatchObject([{ exceeded: true, remaining: 0 }])
    expect(record['stillwatch.reasons']).toEqual([
      { in: 'r-3', fact: 'ip.asn', why: 'late' },
      { in: 'weights.w-1', error: 'division by zero' },
    ])
    expect(record['error.type']).toBe('upstream_broken')
    expect(record['stillwatch.fault.source']).toBe('upstream')
    expect(record['stillwatch.fault.cause']).toBe('ECONNRESET')
  })

  it('passes over what weights and tiers could not see, and tells of every rule and limit', () => {
    const place = (where: string) =>
      ({ kind: 'unknown', in: where, fact: 'ip.asn', why: 'absent' }) as const
    const places = ['tiers.t', 'weights.w', 'rules.r', 'limits.l', 'limits.l.scale']
    const told = (reasons: readonly string[]): unknown =>
      read(anEvent({ ruling: aRuling({ reasons: reasons.map(place) }) }))['stillwatch.reasons']
    expect(told(places)).toMatchObject([
      { in: 'rules.r' },
      { in: 'limits.l' },
      { in: 'limits.l.scale' },
    ])
    expect(told(['tiers.t', 'weights.w'])).toBeUndefined()
  })

  it('knows every fact: none is lost and none stands in two places', () => {
    const findings = Object.fromEntries(
      FACT_NAMES.map((name) => [name, sampleOf(name)]),
    ) as Findings
    const record = read(anEvent({ facts: someFacts(findings) }), 'full')
    const inside = record['stillwatch.facts'] as Plain
    const own = new Map(
      Object.entries(RECORD_FIELDS).flatMap(([field, row]) =>
        'fact' in row ? [[row.fact as FactName, field] as const] : [],
      ),
    )
    for (const name of FACT_NAMES) {
      if (own.has(name)) expect(inside, name).not.toHaveProperty([name])
      else expect(inside[name], name).toEqual(sampleOf(name))
    }
  })

  it('leaves out what clearances do not say', () => {
    const facts = someFacts({
      'clearance.kind': 'none',
      'clearance.held': [],
      'clearance.refused': false,
      'clearance.issued_1h': 0,
      'clearance.issued_1d': 2,
      'velocity.requests_1m': 0,
    })
    const record = read(anEvent({ facts }), 'full')
    const inside = record['stillwatch.facts'] as Plain
    expect(Object.keys(inside).filter((name) => name.startsWith('clearance.'))).toEqual([
      'clearance.issued_1d',
    ])
    expect(inside).toMatchObject({ 'clearance.issued_1d': 2, 'velocity.requests_1m': 0 })
  })

  it('is one line of JSON for any text in any place', () => {
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(...NAUGHTY),
    )
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 20, maxLength: 20 }), (texts) => {
        const event = eventOf(texts)
        for (const addresses of ['full', 'network', 'hash'] as const) {
          const line = write(event, addresses)
          expect(line).not.toMatch(/[\r\n\u2028\u2029]/)
          expect(line.isWellFormed()).toBe(true)
          const record = JSON.parse(line) as Plain
          expect(record['stillwatch.rule.id']).toBe(texts[0])
          expect((record['stillwatch.facts'] as Plain)['account.id']).toBe(texts[1])
        }
      }),
    )
  })

  it('is one line of JSON for real user agents', () => {
    const rows = sharedRows<{ ua?: string; user_agent?: string }>('ua/user_agents.jsonl.gz')
    const agents = [
      'Mozilla/5.0 ("quoted") \\',
      ...rows.map((row) => row.ua ?? row.user_agent ?? ''),
    ]
    for (const agent of agents) {
      const record = read(anEvent({ facts: someFacts({ 'caller.user_agent': agent }) }))
      if (agent.length <= 512) expect(record['user_agent.original']).toBe(agent)
    }
  })

  it('is valid for numbers that JSON has no word for, and for impossible times', () => {
    for (const odd of [NaN, Infinity, -Infinity, 1e308, -0]) {
      const event = anEvent({
        arrival: { ...anEvent().arrival, atMs: odd },
        totalMs: odd,
        bytesOut: odd,
        usage: { inputTokens: odd, outputTokens: odd },
        facts: someFacts({ 'account.age_days': odd }),
        verbMs: { read: odd },
      })
      expect(read(event)['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
  })

  it('writes times as the calendar does', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
        (date) => {
          const event = anEvent({ arrival: { ...anEvent().arrival, atMs: date.getTime() } })
          expect(read(event)['time']).toBe(date.toISOString())
        },
      ),
    )
  })

  it('keeps quotas apart that differ between two calls', () => {
    const record = createDecisionRecord({ addresses: 'full', hash })
    for (const quota of [100, 20, 100]) {
      const states = [aLimitState({ quota, enforced: quota === 100 })]
      const { 'stillwatch.limits': limits } = JSON.parse(
        record(anEvent({ ruling: aRuling({}, states) })),
      ) as { 'stillwatch.limits': Plain[] }
      expect(limits[0]).toMatchObject({ quota })
      expect(limits[0]?.['enforced']).toBe(quota === 100 ? undefined : false)
    }
  })

  it('stays small whatever was sent', () => {
    const long = 'x'.repeat(1_000_000)
    const many = Array<string>(100_000).fill(long)
    const event = anEvent({
      call: aCall({ path: `/${long}`, method: long, ask: { model: long } }),
      facts: someFacts({ 'caller.user_agent': long, 'account.id': long, 'campaign.axes': many }),
      ruling: aRuling({ tags: many, scoreReasons: many, why: long }),
    })
    expect(write(event).length).toBeLessThan(128 * 1024)
  })
})

const sampleOf = (name: FactName): string | number | boolean | readonly string[] => {
  const row = FACTS[name]
  if (row.type === 'string') return 'values' in row ? row.values[1] : `text of ${name}`
  if (row.type === 'number') return 7.25
  return row.type === 'boolean' ? true : ['a', 'b']
}

const eventOf = (texts: readonly string[]): CallEvent => {
  const [a = '', b = '', c = '', d = '', e = '', f = '', g = '', h = '', i = '', j = ''] = texts
  const [k = '', l = '', m = '', n = '', o = '', p = '', q = '', r = '', s = '', t = ''] =
    texts.slice(10)
  const base = anEvent()
  return anEvent({
    call: aCall({
      path: c,
      method: d,
      caller: { address: e, network: f },
      route: { ...aCall().route, operation: g },
      ask: { model: h },
    }),
    arrival: { ...base.arrival, id: i, peerAddress: j },
    facts: someFacts({
      'account.id': b,
      'caller.user_agent': k,
      'ip.as_name': l,
      'campaign.axes': [m, n],
      'caller.network': o,
    }),
    ruling: aRuling(
      {
        rule: a,
        why: p,
        tags: [q],
        tier: r,
        shadow: [{ rule: s, verdict: 'tag', because: 'shadow' }],
        reasons: [{ kind: 'error', in: t, text: a }],
      },
      [aLimitState({ limit: b })],
    ),
    upstream: c,
  })
}
