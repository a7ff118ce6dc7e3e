import { expect, test } from 'vitest'
import { createObserving } from '../../../src/campaigns/live/observing.ts'
import { createObservationSink } from '../../../src/campaigns/live/observation-sink.ts'
import { MAX_BATCH, parseObservations } from '../../../src/campaigns/live/observation-text.ts'
import { aCall } from '../../support/a-call.ts'
import { aRefusedArrival, aRuling, anEvent, someFacts } from '../../support/an-event.ts'
import { someTraits } from '../../support/an-observation.ts'

const observing = createObserving({
  isProven: (facts) => facts.known('payment.settled_count') === 2,
  hashNetwork: (network) => `hash-of-${network}`,
})

test('a call of a known account becomes an observation', () => {
  const traits = someTraits()
  const event = anEvent({
    call: aCall({ traits }),
    facts: someFacts({
      'account.entity': 'org_1',
      'account.age_days': 10.5,
      'payment.status': 'card',
      'payment.funding': 'prepaid',
      'payment.issuer': '424242',
      'payment.settled_count': 2,
      'caller.client': 'openai-js/7.55.0',
      'account.email_pattern': 'a9@-',
    }),
  })
  const { atMs } = event.arrival
  expect(observing(event)).toEqual({
    id: event.arrival.id,
    atMs,
    entity: 'org_1',
    proven: true,
    createdAtMs: atMs - 10.5 * 86_400_000,
    network: 'hash-of-203.0.113.0/24',
    asn: 64_500,
    country: 'FR',
    client: 'openai-js/7.55.0',
    stack: undefined,
    instrument: undefined,
    funding: 'card|prepaid|424242|-',
    prepaid: true,
    emailPattern: 'a9@-',
    model: 'm-1',
    traits,
    verdict: 'allow',
    forwarded: true,
    tokens: 46,
  })
})

test('a call tells that nobody knows whether its account is proven', () => {
  const unsure = createObserving({ isProven: () => undefined, hashNetwork: (network) => network })
  expect(unsure(anEvent({}))).toHaveProperty('proven', undefined)
})

test('a refused call of a known account counts with its verdict', () => {
  const event = anEvent({
    ruling: aRuling({ verdict: 'deny' }),
    outcome: 'refused',
    upstream: undefined,
    settled: undefined,
  })
  expect(observing(event)).toMatchObject({
    verdict: 'deny',
    forwarded: false,
    tokens: 0,
    proven: false,
    entity: 'acct_1',
    funding: undefined,
  })
})

test('calls of unknown accounts, and what never became a call, tell nothing', () => {
  expect(observing(anEvent({ facts: someFacts({ 'account.known': false }) }))).toBeUndefined()
  expect(observing(aRefusedArrival())).toBeUndefined()
  expect(observing(anEvent({ ruling: undefined }))).toBeUndefined()
  expect(observing(anEvent({ call: undefined }))).toBeUndefined()
})

test('the sink tells whole batches, each entity in its lane, and on closing what is left', async () => {
  const told: { readonly lane: number; readonly count: number; readonly entities: Set<string> }[] =
    []
  const sink = createObservationSink({
    observing,
    lanes: 2,
    laneOf: (entity) => (entity === 'org_a' ? 0 : 1),
    tell: (text, count, lane) => {
      const { observations, refused } = parseObservations(text, Date.UTC(2026, 3, 23))
      expect([refused, observations.length]).toEqual([0, count])
      told.push({ lane, count, entities: new Set(observations.map(({ entity }) => entity)) })
    },
    batchMs: 1e6,
  })
  const event = (entity: string) => anEvent({ facts: someFacts({ 'account.entity': entity }) })
  for (let call = 0; call < MAX_BATCH + 10; call++) sink.accept(event('org_a'))
  const filled = told.reduce((sum, { count }) => sum + count, 0)
  expect(filled).toBeGreaterThan(0)
  sink.accept(event('org_b'))
  sink.accept(anEvent({ facts: someFacts({ 'account.entity': 'no entity at all' }) }))
  await sink.close()
  expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(MAX_BATCH + 11)
  for (const { lane, entities } of told) {
    expect([...entities]).toEqual([lane === 0 ? 'org_a' : 'org_b'])
  }
})
