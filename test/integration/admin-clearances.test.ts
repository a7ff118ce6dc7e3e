import { describe, expect, it } from 'vitest'
import { createClearanceAdministration } from '../../src/challenges/clearance-administration.ts'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import type { Clearance } from '../../src/core/challenge.ts'
import type { AdminParts } from '../../src/http/admin/parts.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { aClearance, aClearanceId } from '../support/a-clearance.ts'
import { anAdmin, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { aStepUp, createStepUpWorld } from '../support/step-up-world.ts'

const AT = '/api/v1/clearances'
const SETTLE = '/api/v1/challenges/settle'
const HOUR_MS = 3_600_000

type View = {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly account?: string
  readonly by_hand: boolean
  readonly note?: string
}
type Listed = {
  readonly clearances: readonly View[]
  readonly next?: string
  readonly degraded: readonly string[]
}

/** An admin over clearances in memory; `apart`: this process has heard of nothing that the ledger holds. */
const scene = (
  options: { readonly apart?: boolean; readonly parts?: Partial<AdminParts> } = {},
) => {
  const world = createStepUpWorld(
    options.apart === true ? { ledgerTable: createClearanceTable() } : {},
  )
  const audit = rememberedAudit()
  const clearances = createClearanceAdministration(world)
  const call = anAdmin({ clearances, audit, clock: world.clock, ...options.parts })
  const post = (path: string, body: object, token?: string): Promise<Response> =>
    call('POST', path, { body: JSON.stringify(body), ...(token !== undefined && { token }) })
  const put = async (over: Partial<Clearance> = {}): Promise<Clearance> => {
    const clearance = aClearance({ atMs: world.clock.now(), ...over })
    await world.ledger.put(clearance)
    return clearance
  }
  return { ...world, audit, call, post, put }
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

describe('the list of clearances', () => {
  it('tells a viewer what was passed, newest first, and nothing that must not be told', async () => {
    const { call, put, clock } = scene()
    const older = await put({
      kind: 'step_up',
      bound: { network: 'hash-of-a-network', asn: 64_500 },
      facts: { 'account.verified': 'identity' },
    })
    clock.advance(1_000)
    await put({ subject: 'c:hash-of-a-credential', state: 'refused' })
    const text = await (await call('GET', AT, { token: VIEWER })).text()
    const { clearances, degraded } = JSON.parse(text) as Listed
    expect(clearances).toEqual([
      expect.objectContaining({ state: 'refused', credential: 'hash-of-a-credential' }),
      {
        id: older.id,
        kind: 'step_up',
        state: 'granted',
        account: 'acct_1',
        at: new Date(older.atMs).toISOString(),
        expires_at: new Date(older.expiresMs).toISOString(),
        bound: ['network', 'asn'],
        bound_asn: 64_500,
        facts: { 'account.verified': 'identity' },
        decision: older.decision,
        by_hand: false,
      },
    ])
    expect(degraded).toEqual([])
    expect(text).not.toContain('hash-of-a-network')
  })

  it.each([
    ['account=acct_2', ['d']],
    ['kind=human', ['b']],
    ['state=revoked', ['c']],
    ['kind=proof_of_work&state=granted', ['d', 'a']],
    ['account=acct_1&state=granted', ['b', 'a']],
    ['account=nobody', []],
    ['limit=1', ['d']],
  ])('is narrowed by %s', async (query, wanted) => {
    const { call, put, clock } = scene()
    const names = new Map<string, string>()
    for (const [name, over] of [
      ['a', {}],
      ['b', { kind: 'human' }],
      ['c', { state: 'revoked' }],
      ['d', { subject: 'a:acct_2' }],
    ] as const) {
      clock.advance(1_000)
      names.set((await put(over)).id, name)
    }
    const { clearances } = await json<Listed>(call('GET', `${AT}?${query}`))
    expect(clearances.map(({ id }) => names.get(id))).toEqual(wanted)
  })

  it('comes in pages that fit together while others come', async () => {
    const { call, put, clock } = scene()
    const ids: string[] = []
    for (let n = 0; n < 25; n++) {
      clock.advance(1_000)
      ids.unshift((await put()).id)
    }
    const seen: string[] = []
    let after = ''
    for (let page = 0; page < 3; page++) {
      const { clearances, next } = await json<Listed>(call('GET', `${AT}?limit=10${after}`))
      seen.push(...clearances.map(({ id }) => id))
      after = `&after=${next ?? ''}`
      expect(next === undefined).toBe(page === 2)
      clock.advance(1_000)
      await put()
    }
    expect(seen).toEqual(ids)
  })

  it('of an account is what the store has, also where this process has heard of none', async () => {
    const { call, put } = scene({ apart: true })
    const { id } = await put()
    expect((await json<Listed>(call('GET', AT))).clearances).toEqual([])
    for (const path of [`${AT}?account=acct_1`, '/api/v1/accounts/acct_1/clearances']) {
      expect((await json<Listed>(call('GET', path))).clearances).toMatchObject([{ id }])
    }
    expect((await json<Listed>(call('GET', AT))).clearances).toMatchObject([{ id }])
  })

  it('of an account says where the store did not answer', async () => {
    const { call, put, ledger } = scene()
    const { id } = await put()
    ledger.fail(true)
    expect(await json<Listed>(call('GET', '/api/v1/accounts/acct_1/clearances'))).toMatchObject({
      clearances: [{ id }],
      degraded: ['clearances'],
    })
  })

  it.each([
    'kind=captcha',
    'state=open',
    'limit=0',
    'limit=1001',
    'limit=1e3',
    'after=nothing',
    'account=',
    'account=a%20b',
    'account=%00',
    'kind=human&kind=human',
    'page=2',
    'account=a&account=b',
  ])('refuses %s', async (query) => {
    expect(await problem(scene().call('GET', `${AT}?${query}`))).toMatch(/^400 invalid-parameter/)
  })

  it('takes any account there can be, and refuses the rest without a fault', async () => {
    const { call } = scene()
    for (const name of NAUGHTY) {
      const query = new URLSearchParams({ account: name }).toString()
      const { status } = await call('GET', `${AT}?${query}`)
      expect([200, 400]).toContain(status)
    }
  })
})

describe('an operator who lets an account pass', () => {
  const wanted = { account: 'acct_9', kind: 'human', lifetime: '12h', why: 'ticket 4711' }

  it('grants a clearance that holds everywhere, and the audit says who and why', async () => {
    const { post, ledger, audit, clock } = scene()
    const view = await json<View>(post(AT, wanted))
    expect(view).toMatchObject({
      kind: 'human',
      state: 'granted',
      account: 'acct_9',
      by_hand: true,
      bound: [],
      expires_at: new Date(clock.now() + 12 * HOUR_MS).toISOString(),
    })
    expect(await ledger.of('a:acct_9')).toMatchObject([{ id: view.id, state: 'granted' }])
    expect(audit.entries).toMatchObject([
      {
        phase: 'asked',
        who: 'ops',
        what: 'clearance.grant',
        why: 'ticket 4711',
        before: { account: 'acct_9', kind: 'human', lifetime_s: 43_200 },
      },
      { phase: 'done', after: { id: view.id } },
    ])
  })

  it('grants one to a credential that no account source knows', async () => {
    const { post, ledger } = scene()
    const credential = 'h'.repeat(22)
    const view = await json<View>(post(AT, { ...wanted, account: undefined, credential }))
    expect(await ledger.of(`c:${credential}`)).toMatchObject([{ id: view.id, state: 'granted' }])
  })

  it.each<[string, object]>([
    ['no account', { account: undefined }],
    ['account and credential', { credential: 'h'.repeat(22) }],
    ['a credential in clear', { account: undefined, credential: 'sk-secret' }],
    ['an account with spaces', { account: 'a b' }],
    ['no kind', { kind: undefined }],
    ['a kind that is none', { kind: 'captcha' }],
    ['no lifetime', { lifetime: undefined }],
    ['no time at all', { lifetime: '0s' }],
    ['more than 90 days', { lifetime: '91d' }],
    ['a number', { lifetime: 12 }],
    ['no reason', { why: undefined }],
    ['an empty reason', { why: ' ' }],
    ['a field too many', { bound: {} }],
  ])('is refused with %s', async (_, over) => {
    const { post, audit } = scene()
    expect(await problem(post(AT, { ...wanted, ...over }))).toMatch(/^400 invalid-parameter/)
    expect(audit.entries).toEqual([])
  })

  it('is told where no account of that id is known, which may be a slip', async () => {
    const { post } = scene()
    expect((await json<View>(post(AT, wanted))).note).toBe('no account of this id is known here')
    expect((await json<View>(post(AT, { ...wanted, account: 'acct_1' }))).note).toBeUndefined()
    const away = scene({ parts: { accounts: { facts: () => Promise.reject(new Error('away')) } } })
    expect((await json<View>(away.post(AT, wanted))).note).toBeUndefined()
  })

  it('grants nothing while the store is away, and the audit says so', async () => {
    const { post, ledger, audit, table, clock } = scene()
    ledger.fail(true)
    expect(await problem(post(AT, wanted))).toMatch(/^503 unavailable: .*cannot be reached/)
    expect(table.size(clock.now())).toBe(0)
    expect(audit.entries.at(-1)).toMatchObject({ phase: 'done', after: { failed: 'unavailable' } })
  })
})

describe('an operator who revokes', () => {
  const why = { why: 'sold on' }

  it('ends a clearance in the store, here, and for those who carry it', async () => {
    const { post, put, ledger, table, audit, clock } = scene()
    const { id } = await put()
    clock.advance(1_000)
    expect(await json<View>(post(`${AT}/${id}/revoke`, why))).toMatchObject({
      id,
      state: 'revoked',
    })
    expect(await ledger.of('a:acct_1')).toMatchObject([{ id, state: 'revoked' }])
    // A carried token counts only where the table does not say other of its id.
    expect(table.get(id, clock.now())?.state).toBe('revoked')
    expect(audit.entries).toMatchObject([
      { what: 'clearance.revoke', why: 'sold on', before: { id, state: 'granted' } },
      { after: { id, state: 'revoked' } },
    ])
    expect(await problem(post(`${AT}/${id}/revoke`, why))).toMatch(/^409 conflict: .*already/)
  })

  it('takes back a refusal', async () => {
    const { post, put, ledger } = scene()
    const { id } = await put({ kind: 'step_up', state: 'refused' })
    await json(post(`${AT}/${id}/revoke`, why))
    expect(await ledger.of('a:acct_1')).toMatchObject([{ id, state: 'revoked' }])
  })

  it('is told of ids that are not known, have run out, or are none', async () => {
    const { post, put, clock } = scene()
    expect(await problem(post(`${AT}/${aClearanceId()}/revoke`, why))).toMatch(/^404 not-found/)
    const { id } = await put()
    clock.advance(HOUR_MS)
    expect(await problem(post(`${AT}/${id}/revoke`, why))).toMatch(/^404 not-found/)
    for (const none of ['x', 'a'.repeat(23), 'a'.repeat(2_000), `${id}%00`]) {
      expect(await problem(post(`${AT}/${none}/revoke`, why))).toMatch(/^400 invalid-parameter/)
    }
  })

  it('says why, and changes nothing while the store is away', async () => {
    const { post, put, ledger, table, clock } = scene()
    const { id } = await put()
    expect(await problem(post(`${AT}/${id}/revoke`, {}))).toMatch(
      /^400 invalid-parameter: .*say why/,
    )
    ledger.fail(true)
    expect(await problem(post(`${AT}/${id}/revoke`, why))).toMatch(/^503 unavailable/)
    expect(table.get(id, clock.now())?.state).toBe('granted')
  })
})

describe('an operator who confirms a step-up by hand', () => {
  const said = { result: 'verified', facts: { 'account.verified': 'phone' }, why: 'called back' }

  it('grants its clearance once; the audit has no id that could be answered with', async () => {
    const { post, seal, clock, ledger, audit } = scene()
    const issued = aStepUp(clock.now())
    const challenge = seal(issued)
    const body = { ...said, challenge }
    expect(await json<View>(post(SETTLE, body))).toMatchObject({
      id: issued.id,
      state: 'granted',
      facts: { 'account.verified': 'phone' },
      decision: issued.decision,
      by_hand: true,
    })
    expect(await json<View>(post(SETTLE, body))).toMatchObject({ id: issued.id, by_hand: true })
    expect(await problem(post(SETTLE, { ...body, result: 'refused' }))).toMatch(
      /^409 conflict: this challenge was granted/,
    )
    expect(await ledger.of('a:acct_1')).toHaveLength(1)
    expect(JSON.stringify(audit.entries)).not.toContain(challenge)
    expect(audit.entries).toMatchObject([
      { what: 'challenge.settle', why: 'called back', before: { result: 'verified' } },
      { after: { settled: { id: issued.id }, is_new: true } },
      {},
      { after: { is_new: false } },
      {},
      { after: { failed: 'contradicts' } },
    ])
  })

  it('is told what can be done where its clearance was revoked', async () => {
    const { post, seal, clock } = scene()
    const issued = aStepUp(clock.now())
    const body = { ...said, challenge: seal(issued) }
    await json(post(SETTLE, body))
    await json(post(`${AT}/${issued.id}/revoke`, { why: 'a mistake' }))
    expect(await problem(post(SETTLE, body))).toBe(
      '409 conflict: its clearance was revoked; grant one, or let the customer call again for a new challenge',
    )
  })

  it('is told from the webhook, which leaves no such mark', async () => {
    const { answering, clock, call } = scene()
    await answering.settle(aStepUp(clock.now()), 'granted')
    const { clearances } = await json<Listed>(call('GET', `${AT}?account=acct_1`))
    expect(clearances).toMatchObject([{ state: 'granted', by_hand: false }])
  })

  it('is told what cannot be settled', async () => {
    const { post, seal, clock, ledger } = scene()
    const human = seal(aStepUp(clock.now(), { kind: 'human' }))
    expect(await problem(post(SETTLE, { ...said, challenge: human }))).toMatch(
      /^409 conflict: only/,
    )
    expect(await problem(post(SETTLE, { ...said, challenge: 'A'.repeat(99) }))).toMatch(/^404/)
    const challenge = seal(aStepUp(clock.now()))
    ledger.fail(true)
    expect(await problem(post(SETTLE, { ...said, challenge }))).toMatch(/^503 unavailable/)
    ledger.fail(false)
    clock.advance(2 * HOUR_MS)
    expect(await problem(post(SETTLE, { ...said, challenge }))).toMatch(/^409 conflict: .*expired/)
  })

  it.each<[string, object]>([
    ['no challenge', { challenge: undefined }],
    ['another result', { result: 'granted' }],
    ['a fact it may not change', { facts: { 'account.plan': 'pro' } }],
    ['a value that a fact cannot have', { facts: { 'account.verified': true } }],
    ['no reason', { why: '' }],
  ])('is refused with %s', async (_, over) => {
    const { post, seal, clock, audit } = scene()
    const challenge = seal(aStepUp(clock.now()))
    expect(await problem(post(SETTLE, { ...said, challenge, ...over }))).toMatch(
      /^400 invalid-parameter/,
    )
    expect(audit.entries).toEqual([])
  })
})

describe('an operator who knows only the id of the request', () => {
  const ID = aClearanceId()
  const record = (over: object = {}): string =>
    JSON.stringify({
      'stillwatch.challenge.kind': 'step_up',
      'stillwatch.challenge.id': ID,
      'stillwatch.facts': { 'account.id': 'acct_1', 'account.known': true },
      ...over,
    })
  const knowing = (text: string | undefined) =>
    scene({
      parts: {
        decisions: {
          query: () => Promise.resolve({ ok: false, why: 'unavailable' }),
          find: (id) => Promise.resolve({ ok: true, value: id === 'd-1' ? text : undefined }),
        },
      },
    })
  const said = { decision: 'd-1', result: 'verified', why: 'called back' }

  it('confirms the challenge of that call: the same that its console would have', async () => {
    const { post, ledger, audit, clock, answering } = knowing(record())
    const view = await json<View>(post(SETTLE, { ...said, facts: { 'payment.verified': true } }))
    expect(view).toMatchObject({
      id: ID,
      kind: 'step_up',
      state: 'granted',
      account: 'acct_1',
      facts: { 'payment.verified': true },
      by_hand: true,
      expires_at: new Date(clock.now() + 30 * 24 * HOUR_MS).toISOString(),
    })
    expect(await ledger.of('a:acct_1')).toMatchObject([{ id: ID, state: 'granted' }])
    expect(audit.entries).toMatchObject([
      { what: 'challenge.settle', why: 'called back', before: { decision: 'd-1' } },
      { after: { settled: { id: ID }, is_new: true } },
    ])
    // Spent: the console cannot say other now.
    const issued = aStepUp(clock.now(), { id: ID })
    expect((await answering.settle(issued, 'refused')).kind).toBe('spent')
  })

  it('may say it twice, and not the opposite', async () => {
    const { post, ledger, clock } = knowing(record())
    const first = await json<View>(post(SETTLE, { ...said, result: 'refused', lifetime: '2h' }))
    expect(first).toMatchObject({
      state: 'refused',
      expires_at: new Date(clock.now() + 2 * HOUR_MS).toISOString(),
    })
    expect(await json(post(SETTLE, { ...said, result: 'refused' }))).toEqual(first)
    expect(await problem(post(SETTLE, said))).toMatch(/^409 conflict: .*was refused before/)
    ledger.fail(true)
    expect(await problem(post(SETTLE, said))).toMatch(/^503 unavailable: .*clearances list/)
  })

  it('confirms one of a credential that no account stands behind', async () => {
    const facts = { 'account.known': false, 'caller.credential': 'h'.repeat(22) }
    const { post } = knowing(record({ 'stillwatch.facts': facts }))
    expect(await json(post(SETTLE, said))).toMatchObject({ credential: 'h'.repeat(22) })
  })

  it.each<[string, string | undefined, RegExp]>([
    ['is not kept', undefined, /^404 not-found: no decision of this id/],
    ['is damaged', '{"stillwatch', /^409 conflict: that call was not challenged/],
    ['is no object', '[]', /^409 conflict: that call was not challenged/],
    ['met another kind', record({ 'stillwatch.challenge.kind': 'human' }), /^409 conflict: only/],
    [
      'was given none',
      record({ 'stillwatch.challenge.id': undefined }),
      /^409 conflict: that call was given no challenge/,
    ],
    ['is of nobody', record({ 'stillwatch.facts': 5 }), /^409 conflict: that call was given no/],
  ])('is told where the call %s', async (_, text, words) => {
    const { post, audit } = knowing(text)
    expect(await problem(post(SETTLE, said))).toMatch(words)
    expect(audit.entries).toEqual([])
  })

  it.each<[string, object]>([
    ['a challenge too', { challenge: 'A'.repeat(99) }],
    ['neither', { decision: undefined }],
    ['an id that is none', { decision: 'd 1' }],
    ['a lifetime for a challenge', { decision: undefined, challenge: 'A', lifetime: '1h' }],
    ['a lifetime over 90 days', { lifetime: '91d' }],
  ])('is refused with %s', async (_, over) => {
    expect(await problem(knowing(record()).post(SETTLE, { ...said, ...over }))).toMatch(/^400/)
  })
})

describe('what is told of an account', () => {
  it('holds its clearances, and no fact of them that only a call can have', async () => {
    const { call, put, ledger } = scene()
    const { id } = await put()
    await put({ subject: 'a:acct_2' })
    type Account = {
      readonly facts: readonly { readonly fact: string }[]
      readonly clearances: readonly View[]
      readonly degraded: readonly string[]
    }
    const account = await json<Account>(call('GET', '/api/v1/accounts/acct_1'))
    expect(account.clearances).toMatchObject([{ id, kind: 'proof_of_work', state: 'granted' }])
    expect(account.facts.filter(({ fact }) => fact.startsWith('clearance.'))).toEqual([])
    expect(account.degraded).toEqual([])
    ledger.fail(true)
    const degraded = await json<Account>(call('GET', '/api/v1/accounts/acct_1'))
    expect(degraded).toMatchObject({ clearances: [{ id }], degraded: ['clearances'] })
  })
})

describe('changes of clearances', () => {
  const changes = [
    [AT, { account: 'acct_1', kind: 'human', lifetime: '1h', why: 'x' }],
    [`${AT}/${'a'.repeat(22)}/revoke`, { why: 'x' }],
    [SETTLE, { challenge: 'A'.repeat(99), result: 'verified', why: 'x' }],
  ] as const

  it.each(changes)('are not for viewers: %s', async (path, body) => {
    const { post, audit } = scene()
    expect(await problem(post(path, body, VIEWER))).toMatch(/^403 role-required/)
    expect(await problem(post(path, body, ''))).toMatch(/^401 token-required/)
    expect(audit.entries).toEqual([])
  })

  it.each(changes)('are not for other sites, nor forms: %s', async (path, body) => {
    const { call } = scene()
    const sent = (headers: { readonly [name: string]: string }): Promise<string> =>
      problem(call('POST', path, { headers, body: JSON.stringify(body) }))
    expect(await sent({ origin: 'https://evil.example' })).toMatch(/^403 cross-site/)
    expect(await sent({ 'sec-fetch-site': 'cross-site' })).toMatch(/^403 cross-site/)
    expect(await sent({ 'content-type': 'text/plain' })).toMatch(/^415 json-required/)
    expect(await sent({ host: 'evil.example' })).toMatch(/^421 invalid-host/)
    expect(await problem(call('PUT', path))).toMatch(/^405 method-not-allowed/)
  })

  it.each(changes)('that cannot be audited are not made: %s', async (path, body) => {
    const world = createStepUpWorld()
    const id = 'a'.repeat(22)
    await world.ledger.put(aClearance({ id, atMs: world.clock.now() }))
    const audit = { ...rememberedAudit(), record: () => Promise.reject(new Error('full')) }
    const clearances = createClearanceAdministration(world)
    const call = anAdmin({ clearances, audit, clock: world.clock })
    expect(await problem(call('POST', path, { body: JSON.stringify(body) }))).toMatch(
      /^503 audit-failed/,
    )
    expect(await world.ledger.of('a:acct_1')).toMatchObject([{ id, state: 'granted' }])
  })

  it.each(changes)('need challenges to be set up: %s', async (path, body) => {
    const call = anAdmin({ clearances: undefined })
    expect(await problem(call('POST', path, { body: JSON.stringify(body) }))).toMatch(
      /^503 unavailable: this guard issues no challenges/,
    )
    expect(await problem(call('GET', AT))).toMatch(/^503 unavailable/)
  })

  it('that break in a way nobody foresaw are told to the log, and are not half an answer', async () => {
    const internal: unknown[] = []
    const world = createStepUpWorld()
    const broken = {
      ...createClearanceAdministration(world),
      grant: () => Promise.reject(new TypeError('oops')),
    }
    const call = anAdmin({ clearances: broken, onInternal: (error) => void internal.push(error) })
    const [grant] = changes
    expect(await problem(call('POST', AT, { body: JSON.stringify(grant[1]) }))).toMatch(
      /^500 internal/,
    )
    expect(internal).toHaveLength(1)
    const failing = {
      ...broken,
      grant: () => Promise.reject(new LedgerFailure('refused', 'late')),
    }
    expect(
      await problem(
        anAdmin({ clearances: failing })('POST', AT, { body: JSON.stringify(grant[1]) }),
      ),
    ).toMatch(/^503 unavailable/)
  })
})
