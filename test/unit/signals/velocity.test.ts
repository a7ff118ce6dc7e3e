import { describe, expect, it } from 'vitest'
import { Facts, type Findings } from '../../../src/core/facts.ts'
import { createVelocity, type Velocity } from '../../../src/signals/velocity.ts'
import { aCall } from '../../support/a-call.ts'
import { anEvent, aRefusedArrival } from '../../support/an-event.ts'
import { teach } from '../../support/teach.ts'

const START_MS = Date.UTC(2026, 3, 22)
const HOUR_MS = 3_600_000

const sheet = (findings: Findings): Facts => {
  const facts = new Facts()
  facts.add(findings)
  return facts
}

type Where = { account?: string; entity?: string; network?: string; asn?: number; country?: string }

const sheetOf = ({ account, entity, network, asn = 64_500, country = 'FR' }: Where): Facts =>
  sheet({
    'caller.network': network ?? '203.0.113.0/24',
    'ip.asn': asn,
    'ip.country': country,
    ...(account !== undefined && { 'account.known': true, 'account.id': account }),
    ...(entity !== undefined && { 'account.entity': entity }),
  })

const happened = (velocity: Velocity, atMs: number, where: Where, tokens = 0): void => {
  teach(
    velocity,
    anEvent({
      call: aCall({ atMs }),
      facts: sheetOf(where),
      totalMs: 1_000,
      settled: { inputTokens: tokens, outputTokens: 0, nanoUsd: 0 },
    }),
  )
}

const read = (velocity: Velocity, atMs: number, where: Where): Facts => {
  const facts = sheetOf(where)
  const network = where.network ?? '203.0.113.0/24'
  const found = velocity.source.read(
    aCall({ atMs, caller: { address: '203.0.113.7', network } }),
    facts,
  )
  if (found instanceof Promise) throw new Error('velocity must answer at once')
  facts.add(found)
  return facts
}

describe('velocity', () => {
  it('counts calls, tokens and places of an account', () => {
    const velocity = createVelocity({ maxAccounts: 100, seed: 1 })
    const account = 'acct_1'
    happened(velocity, START_MS, { account, network: '192.0.2.0/24', country: 'DE' }, 900)
    happened(velocity, START_MS + 2 * HOUR_MS, { account, network: '198.51.100.0/24' }, 70)
    happened(velocity, START_MS + 2 * HOUR_MS, { account, network: '198.51.100.0/24' }, 30)
    const facts = read(velocity, START_MS + 2 * HOUR_MS + 2_000, { account })
    const found = Object.entries(facts.toJSON()).filter(([name]) => name.startsWith('velocity.'))
    expect(Object.fromEntries(found)).toEqual({
      'velocity.requests_1m': 2,
      'velocity.requests_1h': 2,
      'velocity.requests_1d': 3,
      'velocity.tokens_1m': 100,
      'velocity.tokens_1h': 100,
      'velocity.tokens_1d': 1_000,
      'velocity.networks_1h': 1,
      'velocity.networks_1d': 2,
      'velocity.asns_1h': 1,
      'velocity.asns_1d': 1,
      'velocity.countries_1h': 1,
      'velocity.countries_1d': 2,
      'velocity.network_entities_1d': 0,
    })
  })

  it('knows zeros of a known account that was not seen', () => {
    const facts = read(createVelocity({ maxAccounts: 100 }), START_MS, { account: 'acct_new' })
    expect(facts.get('velocity.requests_1d')).toBe(0)
    expect(facts.get('velocity.networks_1d')).toBe(0)
  })

  it('has nothing on an unknown account but the network it is on', () => {
    const velocity = createVelocity({ maxAccounts: 100 })
    happened(velocity, START_MS, { account: 'acct_1' })
    const found = velocity.source.read(aCall({ atMs: START_MS }), sheetOf({}))
    expect(found).toEqual({ 'velocity.network_entities_1d': 1 })
  })

  it('keeps no trace of unknown credentials, however many', () => {
    const velocity = createVelocity({ maxAccounts: 100 })
    const before = velocity.stats()
    for (let i = 0; i < 10_000; i++) happened(velocity, START_MS + i, { network: `10.0.${i}.0/24` })
    teach(velocity, aRefusedArrival())
    teach(velocity, anEvent({ facts: sheet({ 'account.known': false, 'account.id': 'acct_1' }) }))
    expect(velocity.stats()).toEqual(before)
  })

  it('counts entities on a network, an organisation once', () => {
    const velocity = createVelocity({ maxAccounts: 100 })
    happened(velocity, START_MS, { account: 'acct_1', entity: 'org_1' })
    happened(velocity, START_MS, { account: 'acct_2', entity: 'org_1' })
    happened(velocity, START_MS, { account: 'acct_3', entity: 'org_3' })
    happened(velocity, START_MS, { account: 'acct_4' })
    const account = 'acct_1'
    expect(read(velocity, START_MS, { account }).get('velocity.network_entities_1d')).toBe(3)
    const later = read(velocity, START_MS + 25 * HOUR_MS, { account })
    expect(later.get('velocity.network_entities_1d')).toBe(0)
  })

  it('counts tokens when they are settled, calls when they arrived', () => {
    const velocity = createVelocity({ maxAccounts: 100 })
    teach(
      velocity,
      anEvent({
        call: aCall({ atMs: START_MS }),
        facts: sheetOf({ account: 'acct_1' }),
        totalMs: 10 * 60_000,
        settled: { inputTokens: 10, outputTokens: 40, nanoUsd: 0 },
      }),
    )
    const facts = read(velocity, START_MS + 10 * 60_000, { account: 'acct_1' })
    expect(facts.get('velocity.requests_1m')).toBe(0)
    expect(facts.get('velocity.requests_1h')).toBe(1)
    expect(facts.get('velocity.tokens_1m')).toBe(50)
  })

  it('stays within its accounts and memory under a flood of new ones', () => {
    const velocity = createVelocity({ maxAccounts: 1_000, maxNetworks: 1_000 })
    for (let i = 0; i < 1_000; i++) {
      happened(velocity, START_MS + i, { account: `a${i}`, network: `n${i}` })
    }
    const full = velocity.stats()
    for (let i = 1_000; i < 20_000; i++) {
      happened(velocity, START_MS + i, { account: `a${i}`, network: `n${i}` })
    }
    const flooded = velocity.stats()
    expect(flooded.accounts).toBe(1_000)
    expect(flooded.networks).toBe(1_000)
    expect(flooded.bytes).toBe(full.bytes)
    expect(flooded.evictedAccounts).toBe(19_000)
    expect(
      read(velocity, START_MS + 20_000, { account: 'a19999' }).get('velocity.requests_1d'),
    ).toBe(1)
    expect(read(velocity, START_MS + 20_000, { account: 'a0' }).get('velocity.requests_1d')).toBe(0)
  })

  it('keeps accounts apart', () => {
    const velocity = createVelocity({ maxAccounts: 10_000 })
    for (let i = 0; i < 5_000; i++) {
      for (let n = 0; n <= i % 3; n++) happened(velocity, START_MS, { account: `acct_${i}` })
    }
    for (let i = 0; i < 5_000; i++) {
      const facts = read(velocity, START_MS, { account: `acct_${i}` })
      expect(facts.get('velocity.requests_1d'), `acct_${i}`).toBe((i % 3) + 1)
    }
  })
})
