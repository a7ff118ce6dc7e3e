import { describe, expect, it } from 'vitest'
import { Facts, UNKNOWN } from '../../../src/core/facts.ts'
import { createAccountHeaders, HEADER_MAP } from '../../../src/signals/account-headers.ts'
import { aCall } from '../../support/a-call.ts'
import { accountTools } from '../../support/an-account.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const HEADERS = HEADER_MAP.parse({
  'account.id': 'x-edge-account',
  'account.plan': 'x-edge-plan',
  'account.created_at': 'x-edge-created',
  'payment.verified': 'x-edge-paid',
  'payment.settled_count': 'x-edge-payments',
  'caller.ja4': 'x-edge-ja4',
  'caller.rtt_gap_ms': 'x-edge-gap',
})
const JA4 = 't13d1516h2_8daaf6152771_e5627efa2ab1'

const read = async (rawHeaders: readonly string[], trusted = true): Promise<Facts> => {
  const source = createAccountHeaders({
    prefix: 'x-edge-',
    headers: HEADERS,
    trusted: () => trusted,
    ...accountTools,
  })
  const facts = new Facts()
  facts.add(await source.read(aCall({ rawHeaders: ['host', 'a', ...rawHeaders] }), facts))
  return facts
}

const create = (headers: Record<string, string>, prefix = 'x-edge-') =>
  createAccountHeaders({
    prefix,
    headers: HEADER_MAP.parse(headers),
    trusted: () => true,
    ...accountTools,
  })

describe('headers of a trusted edge', () => {
  it('state facts, in any case of their names', async () => {
    const facts = await read([
      'X-Edge-Account',
      'acct_1',
      'x-edge-plan',
      'pro',
      'X-EDGE-PAID',
      'true',
      'x-edge-created',
      String(NOW_MS - 86_400_000),
      'x-edge-payments',
      '2',
      'x-edge-ja4',
      JA4,
      'x-edge-gap',
      '-1.5',
    ])
    expect(facts.toJSON()).toEqual({
      'caller.ja4': JA4,
      'caller.rtt_gap_ms': -1.5,
      'account.known': true,
      'account.id': 'acct_1',
      'account.entity': 'acct_1',
      'account.age_days': 1,
      'account.plan': 'pro',
      'payment.verified': true,
      'payment.settled_count': 2,
    })
  })

  it('are not believed from anybody else', async () => {
    const facts = await read(['x-edge-account', 'acct_1', 'x-edge-ja4', JA4], false)
    expect(facts.toJSON()).toEqual({ 'account.known': false })
  })

  it('without an account say that there is none', async () => {
    expect((await read(['x-edge-plan', 'pro'])).toJSON()).toEqual({ 'account.known': false })
  })

  it('make a badly stated fact unknown and no other', async () => {
    const account = ['x-edge-account', 'acct_1']
    for (const [name, value, fact] of [
      ['x-edge-payments', '1e3', 'payment.settled_count'],
      ['x-edge-payments', '-1', 'payment.settled_count'],
      ['x-edge-payments', '0x10', 'payment.settled_count'],
      ['x-edge-payments', '', 'payment.settled_count'],
      ['x-edge-paid', 'TRUE', 'payment.verified'],
      ['x-edge-paid', '1', 'payment.verified'],
      ['x-edge-plan', '', 'account.plan'],
      ['x-edge-plan', 'a\u0007', 'account.plan'],
      ['x-edge-created', '1776816000', 'account.age_days'],
      ['x-edge-ja4', 't13d', 'caller.ja4'],
      ['x-edge-ja4', `${JA4}, ${JA4}`, 'caller.ja4'],
      ['x-edge-gap', 'NaN', 'caller.rtt_gap_ms'],
      ['x-edge-gap', '1,5', 'caller.rtt_gap_ms'],
    ] as const) {
      const facts = await read([...account, name, value])
      expect(facts.get(fact), `${name}: ${value}`).toBe(UNKNOWN.failed)
      expect(facts.known('account.id')).toBe('acct_1')
    }
  })

  it('that come twice say nothing: which one the edge wrote cannot be told', async () => {
    const facts = await read(['x-edge-account', 'a', 'x-edge-plan', 'free', 'X-Edge-Plan', 'pro'])
    expect(facts.get('account.plan')).toBe(UNKNOWN.failed)
    const doubled = await read(['x-edge-account', 'a', 'X-Edge-Account', 'b'])
    expect(doubled.get('account.id')).toBe(UNKNOWN.failed)
    expect(doubled.get('account.known')).toBe(UNKNOWN.failed)
  })

  it('cannot be mapped outside the prefix, to unknown facts, or without an account', () => {
    expect(() => create({ 'account.id': 'x-account' })).toThrow(/prefix/)
    expect(() => create({ 'account.id': 'x-edge-account' }, '')).toThrow(/prefix/)
    expect(() => create({ 'account.id': 'authorization' })).toThrow()
    expect(() => create({ 'account.plan': 'x-edge-plan' })).toThrow(/account.id/)
    expect(() => create({ 'account.known': 'x-edge-known' })).toThrow()
    expect(() => create({ 'account.id': 'X-Edge-Id' })).toThrow()
    expect(create({ 'caller.ja4': 'x-edge-ja4' }).provides).toEqual(['caller.ja4'])
  })
})
