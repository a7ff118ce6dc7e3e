import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import type { Addresses } from '../../src/sinks/address-mask.ts'
import { createDecisionRecord } from '../../src/sinks/decision-record.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { aPolicy } from '../support/a-policy.ts'
import { anAdmin, VIEWER, type AdminCaller } from '../support/an-admin.ts'
import { aLimitState, aRefusedArrival } from '../support/an-event.ts'
import { judgedEvent } from '../support/recorded-calls.ts'
import { someJudging } from '../support/some-judging.ts'

type Plain = Record<string, unknown>
const json = async (response: Response): Promise<Plain> => (await response.json()) as Plain

const POLICY = aPolicy(`
tiers: [{ id: proven, when: 'payment.settled_count >= 2.0', factor: 5 }, { id: rest, when: 'true', factor: 1 }]
weights: [{ id: tor, when: 'ip.kind == "tor"', weight: 40 }]
rules:
  - { id: one, when: 'caller.ip == "198.51.100.1"', then: deny }
  - { id: risky, when: 'trust.tier == "rest" && risk.score >= 40.0', then: deny }
limits:
  - { id: calls, per: [account.id], count: requests, quota: 100, window: 1m, scale: 'trust.factor' }
`)

const lineOf = (event: CallEvent, addresses: Addresses = 'network'): string =>
  createDecisionRecord({ addresses, hash: (text) => `#${text.length}` })(event)

const adminWith = (line: string, policy = POLICY): AdminCaller =>
  anAdmin({
    judging: someJudging({ current: () => policy }),
    decisions: {
      query: () => Promise.resolve({ ok: false, why: 'busy' }),
      find: (id) => Promise.resolve({ ok: true, value: id === 'id-1' ? line : undefined }),
    },
  })

const explained = async (admin: AdminCaller, query = ''): Promise<Plain> => {
  const answer = await admin('GET', `/api/v1/decisions/id-1/explanation${query}`, { token: VIEWER })
  expect(answer.status).toBe(200)
  return json(answer)
}

const TOR = { 'ip.kind': 'tor', 'payment.settled_count': 1 } as const

describe('the explanation of a recorded decision', () => {
  it('shows facts, leaves, weights, tier, the record, and the smallest change', async () => {
    const told = await explained(adminWith(lineOf(judgedEvent(POLICY, 1, TOR))))
    expect(told).toMatchObject({
      id: 'id-1',
      at: '2026-04-22T00:00:01.000Z',
      recorded: { verdict: 'deny', ruling: 'deny', rule: 'risky', revision: POLICY.revision },
      same_revision: true,
      same_verdict: true,
      explanation: { verdict: 'deny', rule: 'risky', tier: 'rest', score: 40 },
      record: { 'stillwatch.timings_us': { decide: 10 } },
      smallest_change: { about: 'verdict', complete: true },
    })
    const rules = (told['explanation'] as Plain)['rules'] as Plain[]
    expect(rules[1]?.['leaves']).toMatchObject([
      { text: 'trust.tier == "rest"', value: true, facts: [{ value: 'rest' }] },
      { text: 'risk.score >= 40.0', value: true, facts: [{ value: 40 }] },
    ])
    const changes = (told['smallest_change'] as Plain)['changes'] as Plain[]
    expect(changes[0]).toEqual({
      facts: [{ fact: 'payment.settled_count', from: 1, to: 2 }],
      verdict: 'allow',
      tier: 'proven',
    })
    expect(told).not.toHaveProperty('text')
  })

  it.each(['network', 'hash'] as const)(
    'says which facts are not as they were, and shows no address in another form: %s',
    async (addresses) => {
      const told = await explained(
        adminWith(lineOf(judgedEvent(POLICY, 1, TOR), addresses)),
        '?text=true',
      )
      expect(told['facts']).toContainEqual(
        expect.objectContaining({ fact: 'caller.ip', not_as_then: 'masked' }),
      )
      expect(told['facts']).toContainEqual(
        expect.objectContaining({ fact: 'clearance.kind', not_as_then: 'assumed' }),
      )
      const rules = (told['explanation'] as Plain)['rules'] as Plain[]
      expect(rules[0]?.['leaves']).toMatchObject([
        {
          broken: 'caller.ip is not in the record as it was',
          facts: [{ fact: 'caller.ip', unknown: 'not in the record' }],
        },
      ])
      expect(JSON.stringify(told)).not.toContain('203.0.113.7')
      expect(told['text']).toContain('caller.ip (masked)')
    },
  )

  it('says what would have let a call through the limit that refused it', async () => {
    const policy = aPolicy(`
tiers: [{ id: proven, when: 'payment.settled_count >= 2.0', factor: 5 }, { id: rest, when: 'true', factor: 1 }]
limits:
  - { id: calls, per: [account.id], count: requests, quota: 100, window: 1m, scale: 'trust.factor' }
`)
    const event = judgedEvent(policy, 1, { 'payment.settled_count': 0 })
    const { ruling } = event
    if (ruling === undefined) throw new Error('no ruling')
    const refusedBy = aLimitState({ limit: 'calls', quota: 100, remaining: 0, exceeded: true })
    const admission = {
      admitted: false,
      refusedBy,
      because: 'exceeded',
      degraded: false,
      retryAfterMs: 1_000,
      states: [refusedBy],
    } as const
    const line = lineOf({ ...event, ruling: { ...ruling, verdict: 'throttle', admission } })
    const told = await explained(adminWith(line, policy), '?text=true')
    expect(told).toMatchObject({
      recorded: { verdict: 'allow', ruling: 'throttle', refused_by: 'calls' },
      smallest_change: {
        about: 'limit',
        limit: { id: 'calls', quota: 100, needed: 101 },
        changes: [{ facts: [{ fact: 'payment.settled_count', from: 0, to: 2 }], tier: 'proven' }],
      },
    })
    expect(told['text']).toContain('calls: had no room')
  })

  it('says so where another policy is in force than then', async () => {
    const line = lineOf(judgedEvent(POLICY, 1, TOR))
    const told = await explained(adminWith(line, aPolicy('rules: []')), '?text=true')
    expect(told).toMatchObject({
      same_revision: false,
      same_verdict: false,
      recorded: { verdict: 'deny' },
      explanation: { verdict: 'allow' },
    })
    expect(told['text']).toContain('which is in force now')
  })

  it('is refused for what no policy judged, what is not there, and what is no id', async () => {
    const refused = adminWith(lineOf(aRefusedArrival()))
    const status = async (path: string): Promise<number> => (await refused('GET', path)).status
    expect(await status('/api/v1/decisions/id-1/explanation')).toBe(409)
    expect(await status('/api/v1/decisions/id-2/explanation')).toBe(404)
    expect(await status('/api/v1/decisions/a.b/explanation')).toBe(400)
    expect(await status('/api/v1/decisions/id-1/explanation?text=maybe')).toBe(400)
    const none = anAdmin({ judging: undefined })
    expect((await none('GET', '/api/v1/decisions/id-1/explanation')).status).toBe(503)
  })

  it('takes naughty texts of callers as texts', async () => {
    for (const text of NAUGHTY) {
      const event = judgedEvent(POLICY, 1, { ...TOR, 'caller.user_agent': text })
      const told = await explained(adminWith(lineOf(event)), '?text=true')
      expect(told['id']).toBe('id-1')
    }
  })
})
