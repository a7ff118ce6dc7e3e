import { describe, expect, it } from 'vitest'
import { Facts, UNKNOWN } from '../../../src/core/facts.ts'
import { DAY_MS } from '../../../src/core/time.ts'
import { accountOfClaims, CLAIM_MAP } from '../../../src/signals/account-claims.ts'
import { findingsOf } from '../../../src/signals/account-findings.ts'
import { accountTools } from '../../support/an-account.ts'

const NOW_MS = Date.UTC(2026, 3, 22)

const factsOf = (claims: unknown, map: Record<string, unknown>): Facts | undefined => {
  const account = accountOfClaims(claims, CLAIM_MAP.parse(map), accountTools)
  if (account === undefined) return undefined
  const facts = new Facts()
  facts.add(findingsOf(account, NOW_MS))
  return facts
}

const ageOf = (created: unknown) =>
  factsOf({ sub: 'u', t: created }, { 'account.age_days': { since: 't' } })?.get('account.age_days')

describe('claims as facts', () => {
  it('takes the subject for the account where nothing else is said', () => {
    expect(factsOf({ sub: 'user-1' }, {})?.toJSON()).toEqual({
      'account.known': true,
      'account.id': 'user-1',
      'account.entity': 'user-1',
    })
  })

  it('follows the map, into objects too', () => {
    const facts = factsOf(
      {
        sub: 'u',
        org: { id: 'org_1' },
        'https://firm.example/plan': 'team',
        created_at: NOW_MS / 1000 - 86_400,
        email: 'Jo@Firm.example',
        pay: { how: 'card', n: 2, card: 'fp' },
      },
      {
        'account.entity': ['org', 'id'],
        'account.plan': 'https://firm.example/plan',
        'account.age_days': { since: 'created_at' },
        'account.email_domain': 'email',
        'payment.status': ['pay', 'how'],
        'payment.settled_count': ['pay', 'n'],
        'payment.instrument': ['pay', 'card'],
      },
    )
    expect(facts?.toJSON()).toEqual({
      'account.known': true,
      'account.id': 'u',
      'account.entity': 'org_1',
      'account.age_days': 1,
      'account.plan': 'team',
      'account.email_domain': 'firm.example',
      'payment.status': 'card',
      'payment.verified': true,
      'payment.instrument': 'hash(fp)',
      'payment.settled_count': 2,
    })
  })

  it('takes a card issuer only as the 6 to 8 digits it is', () => {
    const issuerOf = (issuer: unknown) =>
      factsOf({ sub: 'u', issuer }, { 'payment.issuer': 'issuer' })?.get('payment.issuer')
    expect(issuerOf('411111')).toBe('411111')
    expect(issuerOf('04111122')).toBe('04111122')
    for (const bad of ['41111', '411111222', '4111 11', '4111111111111111', 411111, '']) {
      expect(issuerOf(bad)).toBe(UNKNOWN.failed)
    }
  })

  it('reads a date as seconds or RFC 3339 and nothing else', () => {
    expect(ageOf((NOW_MS - DAY_MS) / 1000)).toBe(1)
    expect(ageOf('2026-04-20T00:00:00Z')).toBe(2)
    expect(ageOf(undefined)).toBe(UNKNOWN.absent)
    for (const bad of [NOW_MS, '2026-04-20', '1776816000', -1, Number.NaN, true, {}, 0]) {
      expect(ageOf(bad)).toBe(UNKNOWN.failed)
    }
  })

  it('makes only the badly stated fact unknown, and never repairs a value', () => {
    const facts = factsOf(
      { sub: 'u', plan: 'pro', verified: 'sms', country: 'de', paid: 'true', n: '3' },
      {
        'account.plan': 'plan',
        'account.verified': 'verified',
        'account.country': 'country',
        'payment.verified': 'paid',
        'payment.settled_count': 'n',
      },
    )
    expect(facts?.known('account.plan')).toBe('pro')
    for (const name of [
      'account.verified',
      'account.country',
      'payment.verified',
      'payment.settled_count',
    ] as const) {
      expect(facts?.get(name), name).toBe(UNKNOWN.failed)
    }
  })

  it('knows no account without a usable id', () => {
    for (const sub of [undefined, null, 7, '', 'a b', 'ü', 'x'.repeat(257), ['a'], { a: 1 }]) {
      expect(factsOf({ sub }, {})).toBeUndefined()
    }
    expect(factsOf(undefined, {})).toBeUndefined()
    expect(factsOf('sub', {})).toBeUndefined()
  })

  it('reads own properties of the claims only', () => {
    expect(
      factsOf({ sub: 'u' }, { 'account.plan': ['constructor', 'name'] })?.get('account.plan'),
    ).toBe(UNKNOWN.absent)
  })

  it('refuses a map that names no fact', () => {
    for (const map of [
      { 'account.known': 'x' },
      { plan: 'plan' },
      { 'account.age_days': 'created' },
      { 'account.plan': '' },
      { 'account.plan': [] },
    ]) {
      expect(CLAIM_MAP.safeParse(map).success).toBe(false)
    }
  })
})
