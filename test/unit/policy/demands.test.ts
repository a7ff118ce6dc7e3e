import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FACT_SLOT, type Findings } from '../../../src/core/facts.ts'
import { decide } from '../../../src/policy/decide.ts'
import { demandsOf, keyOf } from '../../../src/policy/demands.ts'
import { aPolicy as policy } from '../../support/a-policy.ts'
import { someFacts as facts } from '../../support/some-facts.ts'

const LIMIT = 'count: requests, quota: 100, window: 1m'

describe('demands of a decision', () => {
  it('say everything the limiter needs', () => {
    const some = policy(`limits:
  - { id: l, per: [account.id], count: output_tokens, quota: 500, window: 90d, align: rolling, posture: closed }
  - { id: c, per: [account.id], count: concurrent, quota: 3 }`)
    expect(decide(some, facts({ 'account.id': 'a' })).demands).toEqual([
      {
        limit: 'l',
        key: 'a',
        counted: 'output_tokens',
        quota: 500,
        windowMs: 90 * 86_400_000,
        align: 'rolling',
        posture: 'closed',
        own: true,
        enforced: true,
      },
      {
        limit: 'c',
        key: 'a',
        counted: 'concurrent',
        quota: 3,
        windowMs: 0,
        align: 'first_use',
        posture: 'insured',
        own: true,
        enforced: true,
      },
    ])
  })

  it('leave out a limit whose per fact is unknown', () => {
    const some = policy(`limits:
  - { id: account, per: [account.id], ${LIMIT} }
  - { id: both, per: [caller.network, account.id], ${LIMIT} }
  - { id: network, per: [caller.network], ${LIMIT} }`)
    const { demands } = decide(some, facts({ 'caller.network': '203.0.113.0/24' }))
    expect(demands.map(({ limit }) => limit)).toEqual(['network'])
  })

  it('count in shadow and outside a rollout without enforcing', () => {
    const some = policy(`limits:
  - { id: s, per: [account.id], ${LIMIT}, mode: shadow }
  - { id: n, per: [account.id], ${LIMIT}, rollout: 0 }
  - { id: o, per: [account.id], ${LIMIT}, mode: 'off' }`)
    const { demands } = decide(some, facts({ 'account.id': 'a' }))
    expect(demands.map(({ limit, enforced }) => [limit, enforced])).toEqual([
      ['s', false],
      ['n', false],
    ])
  })

  it.each<[string, Findings, number]>([
    ["'trust.factor * 0.29'", {}, 29],
    ["'0.555'", {}, 55],
    ["'-1.0 * account.age_days'", { 'account.age_days': 3 }, 0],
    ["'account.age_days'", { 'account.age_days': 1e300 }, Number.MAX_SAFE_INTEGER],
  ])('scale the quota by %s, floored and never negative', (scale, findings, quota) => {
    const some = policy(`tiers: [{ id: all, when: true, factor: 1.0001 }]
limits:
  - { id: l, per: [account.id], ${LIMIT}, scale: ${scale} }`)
    const [demand] = decide(some, facts({ 'account.id': 'a', ...findings })).demands
    expect(demand?.quota).toBe(quota)
  })

  it.each([
    ['an unknown fact', 'upstream.pressure', 'unknown'],
    ['a division of nothing by nothing', '0.0 / (trust.factor - trust.factor)', 'error'],
    ['an infinite scale', '1.0 / (trust.factor - trust.factor)', 'error'],
    ['a whole division by zero', '1 / (size(account.id) - 1)', 'error'],
  ])('fall back to the lowest tier factor on %s and say so', (_, scale, kind) => {
    const some = policy(`tiers:
  - { id: paying, when: payment.verified, factor: 5 }
  - { id: poor, when: account.known, factor: 0.1 }
  - { id: rest, when: true, factor: 0.2 }
limits:
  - { id: l, per: [account.id], ${LIMIT}, scale: '${scale}' }`)
    const decision = decide(some, facts({ 'account.id': 'a', 'payment.verified': true }))
    expect(decision.demands[0]?.quota).toBe(10)
    expect(decision.reasons).toMatchObject([{ kind, in: 'limits.l.scale' }])
  })

  it('never scale up on a fallback', () => {
    const some = policy(`tiers: [{ id: all, when: true, factor: 7 }]
limits:
  - { id: l, per: [account.id], ${LIMIT}, scale: upstream.pressure }`)
    expect(decide(some, facts({ 'account.id': 'a' })).demands[0]?.quota).toBe(100)
  })

  it('follow the posture of the document where the condition cannot be evaluated', () => {
    const text = `limits:
  - { id: l, per: [account.id], ${LIMIT}, when: 'campaign.level > 1' }`
    expect(decide(policy(text), facts({ 'account.id': 'a' })).demands).toEqual([])
    const closed = decide(policy(`posture: closed\n${text}`), facts({ 'account.id': 'a' }))
    expect(closed.demands.map(({ limit }) => limit)).toEqual(['l'])
    expect(closed.reasons).toMatchObject([{ kind: 'unknown', in: 'limits.l' }])
  })
})

describe('keys of counters', () => {
  const slots = [FACT_SLOT['account.id'], FACT_SLOT['request.model'], FACT_SLOT['account.plan']]
  const key = (values: readonly string[]): string | undefined =>
    keyOf(
      slots,
      facts({
        'account.id': values[0] ?? '',
        'request.model': values[1] ?? '',
        'account.plan': values[2] ?? '',
      }).values,
    )

  it('are never shared by different values', () => {
    const part = fc.string({ unit: fc.constantFrom('|', '%', '#', '7', 'C', 'a'), maxLength: 6 })
    const values = fc.tuple(part, part, part)
    fc.assert(
      fc.property(values, values, (a, b) => {
        expect(key(a) === key(b)).toBe(a.join('\n') === b.join('\n'))
      }),
      { numRuns: 5_000 },
    )
  })

  it('stay short for values of any length, and still differ', () => {
    const long = 'x'.repeat(100_000)
    expect(key([long, '', ''])?.length).toBeLessThan(64)
    expect(key([long, '', ''])).toBe(key([long, '', '']))
    expect(key([long, '', ''])).not.toBe(key([`${long}x`, '', '']))
  })

  it('take numbers and booleans', () => {
    const sheet = facts({ 'ip.asn': 64496, 'account.known': true }).values
    expect(keyOf([FACT_SLOT['ip.asn'], FACT_SLOT['account.known']], sheet)).toBe('64496|true')
  })
})

describe('demands for an operator', () => {
  const some = policy(`tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
rules:
  - { id: shut, then: deny }
limits:
  - { id: known, per: [account.id], ${LIMIT}, scale: trust.factor }
  - { id: perhaps, per: [account.id], ${LIMIT}, when: 'campaign.level > 1' }
  - { id: not-this-one, per: [account.id], ${LIMIT}, when: 'account.id == "b"' }
  - { id: elsewhere, per: [caller.network], ${LIMIT} }
  - { id: gone, per: [account.id], ${LIMIT}, mode: 'off' }`)

  it('are all that may apply to what is known, whatever the rules say', () => {
    const demands = demandsOf(some, facts({ 'account.id': 'a', 'payment.verified': true }))
    expect(demands.map(({ limit, quota }) => [limit, quota])).toEqual([
      ['known', 200],
      ['perhaps', 100],
    ])
  })

  it('leave the facts they were asked about as they were', () => {
    const sheet = facts({ 'account.id': 'a' })
    const before = JSON.stringify(sheet)
    demandsOf(some, sheet)
    expect(JSON.stringify(sheet)).toBe(before)
  })
})
