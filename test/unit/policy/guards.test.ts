import { describe, expect, it } from 'vitest'
import { compileCondition } from '../../../src/policy/condition.ts'
import { unguardedRules } from '../../../src/policy/unguarded.ts'
import { aPolicy } from '../../support/a-policy.ts'

const unguarded = (text: string): string => {
  const compiled = compileCondition(text, { forbids: () => undefined, closed: () => undefined })
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.complaints))
  return compiled.value.unguarded.map((fact) => fact.split('.')[1]).join(' ')
}

describe('has() guards', () => {
  it.each([
    ['account.known', 'known'],
    ['has(account.known)', ''],
    ['has(account.known) && account.known', ''],
    ['account.known && has(account.known)', ''],
    ['has(account.known) && ip.anonymous && account.known', 'anonymous'],
    ['has(account.known) || account.known', 'known'],
    ['!has(account.known) || account.known', ''],
    ['!has(account.known) || !account.known', ''],
    ['account.known || !has(account.known)', ''],
    ['!(has(account.known) && account.known)', ''],
    ['!(!has(account.known) || !account.known)', ''],
    ['has(account.known) ? account.known : true', ''],
    ['!has(account.known) ? true : account.known', ''],
    ['has(account.known) ? true : account.known', 'known'],
    ['(has(account.known) && has(ip.anonymous)) && (account.known || ip.anonymous)', ''],
    ['(has(account.known) || has(ip.anonymous)) && account.known', 'known'],
    ['(has(account.known) || has(account.known)) && account.known', ''],
    ['has(account.known) && (ip.anonymous || account.known)', 'anonymous'],
    ['has(account.known) == account.known', 'known'],
    ['risk.reasons.exists(r, r == account.plan)', 'reasons plan'],
    ['has(account.plan) && risk.reasons.exists(r, r == account.plan)', 'reasons'],
  ])('%s leaves unguarded: %s', (text, facts) => {
    expect(unguarded(text)).toBe(facts)
  })
})

describe('the report of what can meet an unknown fact', () => {
  const policy = aPolicy(`posture: closed
tiers:
  - { id: paying, when: payment.verified, factor: 2 }
  - { id: rest, when: true, factor: 0.5 }
weights: [{ id: w, when: 'request.kind == "list" || ip.anonymous', weight: 1 }]
rules:
  - { id: friend, when: account.known, then: allow }
  - { id: shut, when: account.known, then: deny }
  - { id: opened, when: account.known, then: deny, posture: open }
  - { id: guarded, when: has(account.known) && account.known, then: deny }
  - { id: own, when: 'trust.tier == "rest" && risk.score > 3 && caller.ip != "::1"', then: deny }
limits:
  - { id: l, per: [account.id], count: requests, quota: 1, window: 1m, when: campaign.level > 1, scale: upstream.pressure }
  - { id: strangers, per: [caller.network], count: requests, quota: 1, window: 1m, when: '!has(account.known) || !account.known' }`)

  it('says where, about which facts, and what happens then', () => {
    expect(
      unguardedRules(policy).map((row) => `${row.in} ${row.id}: ${row.facts.join()}: ${row.does}`),
    ).toEqual([
      'tier paying: payment.verified: the next tier is tried',
      'weight w: ip.anonymous: nothing is added',
      'rule friend: account.known: it does not match',
      'rule shut: account.known: it matches: deny',
      'rule opened: account.known: it does not match',
      'limit l: campaign.level: it applies',
      'scale l: upstream.pressure: the quota is scaled by 0.5, to 0 requests',
    ])
  })

  it('leaves out facts that the caller says every call has', () => {
    const known = new Set(['account.known', 'payment.verified', 'ip.anonymous'] as const)
    const rows = unguardedRules(
      policy,
      new Set([...known, 'request.kind', 'upstream.pressure', 'campaign.level']),
    )
    expect(rows.map(({ id }) => id)).toEqual(['own'])
  })
})
