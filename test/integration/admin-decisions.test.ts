import { describe, expect, it } from 'vitest'
import { FACTS, UNKNOWN } from '../../src/core/facts.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import type { DecisionFilter } from '../../src/sinks/decision-query.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { adminParts, anAdmin } from '../support/an-admin.ts'
import { someFacts } from '../support/an-event.ts'
import { createFakeClock } from '../support/clock.ts'

type Plain = Record<string, unknown>
const json = async (response: Response): Promise<Plain> => (await response.json()) as Plain
const codeOf = async (response: Response): Promise<unknown> =>
  String((await json(response))['type']).replace('urn:stillwatch:problem:', '')

/** A part whose neighbour is gone. */
const gone = (): Promise<never> => Promise.reject(new Error('gone'))

const asked = (): { filters: DecisionFilter[]; decisions: AdminParts['decisions'] } => {
  const filters: DecisionFilter[] = []
  const value = { records: [], next: undefined, partial: false }
  const query = (filter: DecisionFilter) => {
    filters.push(filter)
    return Promise.resolve({ ok: true, value } as const)
  }
  return { filters, decisions: { ...adminParts().decisions, query } }
}

describe('decisions', () => {
  it('are given in pages, a damaged one left out', async () => {
    expect(await json(await anAdmin()('GET', '/api/v1/decisions'))).toEqual({
      decisions: [{ v: 1, 'stillwatch.decision.id': 'id-1' }],
      next: '1.2',
      partial: false,
    })
  })

  it('are looked for by every filter', async () => {
    const { filters, decisions } = asked()
    const call = anAdmin({ decisions })
    const query =
      'account=a%2Fb&credential=c&network=203.0.113.7&rule=r&verdict=deny&since=2026-04-22T00:00:00Z&until=1776902400000&limit=7&cursor=a.b'
    expect((await call('GET', `/api/v1/decisions?${query}`)).status).toBe(200)
    expect(filters).toEqual([
      {
        account: 'a/b',
        credential: 'c',
        network: '203.0.113.0/24',
        rule: 'r',
        verdict: 'deny',
        sinceMs: Date.UTC(2026, 3, 22),
        untilMs: 1_776_902_400_000,
        limit: 7,
        cursor: 'a.b',
      },
    ])
    await call('GET', '/api/v1/decisions')
    expect(filters[1]).toMatchObject({ limit: 50 })
  })

  it.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=-1',
    'limit=1&limit=2',
    'verdict=perhaps',
    'network=example.org',
    'network=203.0.113.0%2F8',
    'since=yesterday',
    'cursor=%27%3B--',
    'id=%3Cscript%3E',
    'account=',
    `account=${'x'.repeat(257)}`,
    'unknown=1',
    '__proto__=1',
    'constructor=1',
  ])('are not guessed at: %s', async (query) => {
    const { filters, decisions } = asked()
    const response = await anAdmin({ decisions })('GET', `/api/v1/decisions?${query}`)
    expect(response.status).toBe(400)
    expect(await codeOf(response)).toBe('invalid-parameter')
    expect(filters).toEqual([])
  })

  it('take naughty text as text, and give none of it back unescaped', async () => {
    const { filters, decisions } = asked()
    const call = anAdmin({ decisions })
    for (const text of NAUGHTY.filter((each) => each !== '' && each.isWellFormed())) {
      const response = await call('GET', `/api/v1/decisions?account=${encodeURIComponent(text)}`)
      expect(response.status, JSON.stringify(text)).toBe(200)
      expect(filters.at(-1)?.account).toBe(text)
    }
  })

  it('are found by id, indexed or not', async () => {
    const call = anAdmin()
    expect(await json(await call('GET', '/api/v1/decisions/id-1'))).toMatchObject({ v: 1 })
    expect((await call('GET', '/api/v1/decisions/id-2')).status).toBe(404)
    expect((await call('GET', '/api/v1/decisions/a.b')).status).toBe(400)
    const listed = await json(await call('GET', '/api/v1/decisions?id=id-1'))
    expect(listed['decisions']).toHaveLength(1)
  })

  it.each(['busy', 'slow', 'unavailable'] as const)('say so when the index is %s', async (why) => {
    const no = () => Promise.resolve({ ok: false, why } as const)
    const call = anAdmin({ decisions: { query: no, find: no } })
    for (const path of [
      '/api/v1/decisions',
      '/api/v1/decisions?id=id-1',
      '/api/v1/decisions/id-1',
    ]) {
      const response = await call('GET', path)
      expect(response.status).toBe(503)
      expect(await codeOf(response)).toBe(why)
    }
  })
})

describe('an account', () => {
  it('is shown by its facts with their meaning, and by what its limits have left', async () => {
    const facts = someFacts({ 'account.plan': UNKNOWN.late })
    const view = await json(
      await anAdmin({ accounts: { facts: () => facts } })('GET', '/api/v1/accounts/acct_1'),
    )
    expect(view['facts']).toContainEqual({
      fact: 'account.age_days',
      value: 41.5,
      unit: 'days',
      says: FACTS['account.age_days'].says,
    })
    expect(view['facts']).toContainEqual({
      fact: 'account.plan',
      unknown: 'late',
      says: FACTS['account.plan'].says,
    })
    expect(JSON.stringify(view['facts'])).not.toContain('"request.tools"')
    expect(view['limits']).toEqual([
      {
        limit: 'requests-per-account-minute',
        counted: 'requests',
        unit: 'calls',
        quota: 100,
        consumed: 60,
        remaining: 40,
        reset_ms: 60_000,
        resets_at: new Date(createFakeClock().now() + 60_000).toISOString(),
        window_ms: 60_000,
        enforced: true,
      },
    ])
  })

  it('may have any id, and no other is looked up', async () => {
    const ids: string[] = []
    const accounts = { facts: (id: string) => void ids.push(id) }
    const call = anAdmin({ accounts })
    for (const id of ['a/b', '%', '../x', '<b>', 'ü']) {
      expect((await call('GET', `/api/v1/accounts/${encodeURIComponent(id)}`)).status).toBe(404)
      expect(ids.at(-1)).toBe(id)
    }
    expect((await call('GET', `/api/v1/accounts/${'x'.repeat(257)}`)).status).toBe(400)
    expect(ids).toHaveLength(5)
  })

  it('is shown without limits where the counters cannot be read, and not at all without its source', async () => {
    const view = await json(
      await anAdmin({ limiter: { peek: gone, forget: gone } })('GET', '/api/v1/accounts/acct_1'),
    )
    expect(view).toMatchObject({ id: 'acct_1', degraded: ['limits'] })
    expect(view).not.toHaveProperty('limits')
    expect((await anAdmin({ accounts: { facts: gone } })('GET', '/api/v1/accounts/a')).status).toBe(
      503,
    )
  })
})
