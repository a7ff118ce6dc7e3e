import { describe, expect, it } from 'vitest'
import { LedgerFailure } from '../../src/core/ledger.ts'
import type { Override } from '../../src/core/override.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { createOverrideAdministration } from '../../src/overrides/override-administration.ts'
import { createOverrideTable } from '../../src/overrides/override-table.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { anAdmin, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'

const AT = '/api/v1/overrides'
const HOUR_MS = 3_600_000

type View = { readonly id: string; readonly state: string; readonly subject: object }
type Listed = { readonly overrides: readonly View[]; readonly next?: string }

const record = (account: string, asn: number, facts: object = {}): string =>
  JSON.stringify({
    v: 1,
    time: '2026-04-21T23:00:00.000Z',
    'stillwatch.decision.id': `id-${account}`,
    'stillwatch.verdict': 'allow',
    'stillwatch.ruling': 'allow',
    'stillwatch.policy.revision': 'r',
    'client.as.number': asn,
    'stillwatch.facts': { 'account.id': account, ...facts },
  })

const PROVEN = { 'payment.settled_count': 5, 'account.entity': 'org_big' }

/** An admin over overrides in memory, with an index that has seen these records. */
const scene = (records: readonly string[] = [], put?: (one: Override) => Promise<void>) => {
  const clock = createFakeClock()
  const table = createOverrideTable()
  const audit = rememberedAudit()
  const asked: object[] = []
  const ledger = {
    put:
      put ??
      ((one: Override) => {
        table.take(one)
        return Promise.resolve()
      }),
  }
  const decisions: AdminParts['decisions'] = {
    query: (filter) => {
      asked.push(filter)
      return Promise.resolve({ ok: true, value: { records, next: undefined, partial: false } })
    },
    find: () => Promise.resolve({ ok: false, why: 'busy' }),
  }
  const call = anAdmin({
    clock,
    audit,
    decisions,
    networkWanted: (text) => `shown ${text}`,
    overrides: {
      administration: createOverrideAdministration({ ledger, table, clock }),
      isProven: (facts) => (facts.known('payment.settled_count') ?? 0) >= 2,
      degraded: () => [],
    },
  })
  const post = (path: string, body: object, token?: string): Promise<Response> =>
    call('POST', path, { body: JSON.stringify(body), ...(token !== undefined && { token }) })
  const set = (over: object = {}): Promise<Response> =>
    post(AT, {
      subject: { account: 'acct_1' },
      verdict: 'deny',
      for: '1h',
      why: 'because',
      ...over,
    })
  return { clock, table, audit, asked, call, post, set }
}

const json = async <T>(answer: Promise<Response>): Promise<T> => {
  const response = await answer
  expect(response.status).toBe(200)
  return (await response.json()) as T
}
const problem = async (answer: Promise<Response>): Promise<string> => {
  const response = await answer
  const { type, detail } = (await response.json()) as { type: string; detail?: string }
  return `${response.status} ${type.replace('urn:stillwatch:problem:', '')}: ${detail ?? ''}`
}

describe('setting an override', () => {
  it('holds at once, and the audit says who, whom, for how long and why', async () => {
    const { set, table, audit, clock } = scene()
    const view = await json<View>(set({ verdict: 'allow' }))
    expect(view).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/) as string,
      subject: { account: 'acct_1' },
      verdict: 'allow',
      state: 'on',
      at: new Date(clock.now()).toISOString(),
      expires_at: new Date(clock.now() + HOUR_MS).toISOString(),
      by: 'ops',
      why: 'because',
    })
    expect(table.of('account', 'acct_1', clock.now())?.id).toBe(view.id)
    expect(audit.entries).toMatchObject([
      {
        phase: 'asked',
        who: 'ops',
        what: 'override.set',
        why: 'because',
        before: { subject: { account: 'acct_1' }, verdict: 'allow', lifetime_s: 3_600 },
      },
      { phase: 'done', after: { id: view.id } },
    ])
  })

  it.each([
    ['an address', { network: '203.0.113.77' }, { network: '203.0.113.0/24' }],
    ['a /24', { network: '203.0.113.0/24' }, { network: '203.0.113.0/24' }],
    ['an IPv6 address', { network: '2001:DB8::1' }, { network: '2001:db8::/64' }],
    ['an autonomous system', { asn: 64_500 }, { asn: 64_500 }],
    ['a credential', { credential: 'c'.repeat(22) }, { credential: 'c'.repeat(22) }],
    ['an entity', { entity: 'org_1' }, { entity: 'org_1' }],
  ])('takes %s in the spelling that facts have', async (_, subject, shown) => {
    const { set } = scene()
    expect(await json(set({ subject, confirm: true }))).toMatchObject({ subject: shown })
  })

  it.each<[string, object]>([
    ['nobody', { subject: {} }],
    ['two at once', { subject: { account: 'a', asn: 1 } }],
    ['a wide network', { subject: { network: '10.0.0.0/8' } }],
    ['a network that is none', { subject: { network: 'office' } }],
    ['an account with a blank', { subject: { account: 'a b' } }],
    ['no autonomous system', { subject: { asn: 0 } }],
    ['a credential in clear', { subject: { credential: 'sk-secret' } }],
    ['another verdict', { verdict: 'challenge' }],
    ['no lifetime', { for: undefined }],
    ['for ever', { for: '91d' }],
    ['no reason', { why: '  ' }],
    ['a long reason', { why: 'x'.repeat(501) }],
    ['more than it knows', { mode: 'off' }],
  ])('refuses %s and changes nothing', async (_, over) => {
    const { set, table, audit } = scene()
    expect(await problem(set(over))).toMatch(/^400 invalid-parameter/)
    expect([table.isEmpty(), audit.entries]).toEqual([true, []])
  })

  it('is for operators, and answers every naughty string with a refusal or a view', async () => {
    const { call, set, post } = scene()
    const body = { subject: { account: 'a' }, verdict: 'deny', for: '1h', why: 'x' }
    expect(await problem(post(AT, body, VIEWER))).toMatch(/^403 role-required/)
    for (const text of NAUGHTY) {
      for (const over of [
        { subject: { account: text } },
        { why: text },
        { subject: { network: text } },
      ]) {
        expect([200, 400, 409, 413]).toContain((await set(over)).status)
      }
      expect(
        (await call('GET', `${AT}?account=${encodeURIComponent(text.toWellFormed())}`)).status,
      ).toBeLessThan(500)
    }
  })

  it('says so where nothing can be kept, and nothing is set', async () => {
    const { set, table, audit } = scene([], () =>
      Promise.reject(new LedgerFailure('unreachable', 'gone')),
    )
    expect(await problem(set())).toMatch(/^503 unavailable: overrides cannot be changed/)
    expect(table.isEmpty()).toBe(true)
    expect(audit.entries.at(-1)).toMatchObject({ after: { failed: 'unavailable' } })
  })
})

describe('a refusal of a whole network or autonomous system', () => {
  const records = [
    record('acct_1', 64_500, PROVEN),
    record('acct_2', 64_500, PROVEN),
    record('acct_2', 64_500),
    record('acct_3', 64_500),
    record('acct_4', 64_501, PROVEN),
    'damaged',
  ]

  it('is asked back, with who was seen there lately, and changes nothing until it is confirmed', async () => {
    const { set, table, audit, asked, clock } = scene(records)
    const answer = await set({ subject: { asn: 64_500 } })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({
      type: 'urn:stillwatch:problem:confirmation-required',
      detail: expect.stringContaining('3 accounts, 1 of proven customers') as string,
      seen: { calls: 4, accounts: 3, proven_entities: 1, partial: false },
    })
    expect([table.isEmpty(), audit.entries]).toEqual([true, []])
    expect(asked).toMatchObject([{ sinceMs: clock.now() - 24 * HOUR_MS }])
    expect((await set({ subject: { asn: 64_500 }, confirm: true })).status).toBe(200)
    expect(audit.entries[0]).toMatchObject({ before: { confirmed: { accounts: 3 } } })
  })

  it('is asked back where nobody was seen there too: the index holds a sample', async () => {
    const { set, asked } = scene()
    expect(await problem(set({ subject: { network: '203.0.113.9' } }))).toMatch(/0 accounts/)
    expect(asked).toMatchObject([{ network: 'shown 203.0.113.0/24' }])
  })

  it('is not asked back where it lets pass, or is of one customer', async () => {
    const { set } = scene(records)
    expect((await set({ subject: { asn: 64_500 }, verdict: 'allow' })).status).toBe(200)
    expect((await set({ subject: { entity: 'org_1' } })).status).toBe(200)
  })
})

describe('the list of overrides', () => {
  it('is for viewers, newest first, by subject, verdict and state, in pages', async () => {
    const { set, post, call, clock } = scene()
    const ids: string[] = []
    for (const over of [{}, { verdict: 'allow' }, { subject: { entity: 'org_1' } }]) {
      clock.advance(1_000)
      ids.push((await json<View>(set(over))).id)
    }
    const [deny = '', allow, entity] = ids
    expect((await post(`${AT}/${deny}/end`, { why: 'over' })).status).toBe(200)
    const list = async (query = ''): Promise<readonly string[]> =>
      (await json<Listed>(call('GET', `${AT}?${query}`, { token: VIEWER }))).overrides.map(
        ({ id }) => id,
      )
    expect(await list()).toEqual([entity, allow])
    expect(await list('state=all')).toEqual([entity, allow, deny])
    expect(await list('state=ended')).toEqual([deny])
    expect(await list('account=acct_1&state=all')).toEqual([allow, deny])
    expect(await list('of=entity')).toEqual([entity])
    expect(await list('verdict=allow')).toEqual([allow])
    const page = await json<Listed>(call('GET', `${AT}?limit=2&state=all`))
    expect(await list(`limit=2&state=all&after=${page.next}`)).toEqual([deny])
    clock.advance(HOUR_MS)
    expect(await list('state=all')).toEqual([])
    for (const query of ['limit=0', 'after=x', 'state=x', 'account=a&asn=1', 'other=1']) {
      expect(await problem(call('GET', `${AT}?${query}`))).toMatch(/^400/)
    }
  })
})

describe('ending an override', () => {
  it('counts at once, stays in the list with who and why, and cannot be done twice', async () => {
    const { set, post, table, audit, clock } = scene()
    const { id } = await json<View>(set())
    clock.advance(5_000)
    expect(await json(post(`${AT}/${id}/end`, { why: 'a mistake' }))).toMatchObject({
      state: 'ended',
      ended: { by: 'ops', why: 'a mistake', at: new Date(clock.now()).toISOString() },
    })
    expect(table.of('account', 'acct_1', clock.now())).toBeUndefined()
    expect(await problem(post(`${AT}/${id}/end`, { why: 'again' }))).toMatch(/^409 conflict/)
    expect(audit.entries.map(({ what }) => what).slice(2)).toEqual(['override.end', 'override.end'])
  })

  it('is refused for what is not there, without a reason, and for viewers', async () => {
    const { set, post } = scene()
    const { id } = await json<View>(set())
    expect(await problem(post(`${AT}/${'x'.repeat(22)}/end`, { why: 'x' }))).toMatch(/^404/)
    expect(await problem(post(`${AT}/short/end`, { why: 'x' }))).toMatch(/^400/)
    expect(await problem(post(`${AT}/${id}/end`, {}))).toMatch(/^400/)
    expect(await problem(post(`${AT}/${id}/end`, { why: 'x' }, VIEWER))).toMatch(/^403/)
  })
})

it('says so where nobody keeps overrides', async () => {
  const call = anAdmin({ overrides: undefined })
  expect((await call('GET', AT)).status).toBe(503)
})
