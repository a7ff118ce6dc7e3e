import { createAttempts } from '../../src/limits/attempts.ts'
import { describe, expect, it } from 'vitest'
import { NAUGHTY } from '../fixtures/naughty.ts'
import { adminParts, anAdmin, OPERATOR, rememberedAudit, VIEWER } from '../support/an-admin.ts'
import { createFakeClock } from '../support/clock.ts'

const RESOURCES = [
  ['GET', '/api/v1/decisions', 'viewer'],
  ['GET', '/api/v1/decisions/id-1', 'viewer'],
  ['GET', '/api/v1/decisions/id-1/explanation', 'viewer'],
  ['GET', '/api/v1/accounts/acct_1', 'viewer'],
  ['POST', '/api/v1/accounts/acct_1/reset', 'operator'],
  ['GET', '/api/v1/limits', 'viewer'],
  ['GET', '/api/v1/fleet', 'viewer'],
  ['GET', '/api/v1/campaigns', 'viewer'],
  ['GET', '/api/v1/campaigns/c-20261112-7f3a', 'viewer'],
  ['GET', '/api/v1/campaigns/c-20261112-7f3a/members', 'viewer'],
  ['GET', '/api/v1/campaigns/c-20261112-7f3a/export', 'viewer'],
  ['POST', '/api/v1/campaigns/c-20261112-7f3a/label', 'operator'],
  ['GET', '/api/v1/clearances', 'viewer'],
  ['GET', '/api/v1/accounts/acct_1/clearances', 'viewer'],
  ['POST', '/api/v1/clearances', 'operator'],
  ['POST', '/api/v1/clearances/AbCdEfGhIjKlMnOpQrStUv/revoke', 'operator'],
  ['POST', '/api/v1/challenges/settle', 'operator'],
  ['GET', '/api/v1/overrides', 'viewer'],
  ['POST', '/api/v1/overrides', 'operator'],
  ['POST', '/api/v1/overrides/AbCdEfGhIjKlMnOpQrStUv/end', 'operator'],
  ['GET', '/api/v1/policy', 'viewer'],
  ['POST', '/api/v1/policy/reload', 'operator'],
  ['POST', '/api/v1/backtest', 'operator'],
  ['GET', '/api/v1/backtest', 'viewer'],
  ['GET', '/api/v1/switches', 'viewer'],
  ['PUT', '/api/v1/switches/r-1', 'operator'],
  ['POST', '/api/v1/switches/r-1/confirm', 'operator'],
  ['DELETE', '/api/v1/switches/r-1', 'operator'],
  ['POST', '/api/v1/switches/reset', 'operator'],
  ['GET', '/api/v1/audit', 'operator'],
  ['GET', '/api/v1/openapi.json', 'viewer'],
] as const

/** What a write must say to be taken; none says nothing. */
const BODIES: readonly (readonly [ending: string, body: string])[] = [
  ['/label', '{"act":"confirm","note":"looked at it"}'],
  ['/clearances', '{"account":"acct_1","kind":"human","lifetime":"1h","why":"called"}'],
  ['/revoke', '{"why":"sold on"}'],
  ['/backtest', '{"switches":[{"id":"r-1","mode":"off"}]}'],
  ['/switches/r-1', '{"mode":"off","why":"it hits customers"}'],
  ['/overrides', '{"subject":{"account":"acct_1"},"verdict":"deny","for":"1h","why":"called"}'],
  ['/end', '{"why":"over"}'],
  ['/reset', '{"why":"their mistake, ours too"}'],
  ['/settle', '{"challenge":"sealed","result":"verified","why":"called"}'],
]
const bodyOf = (method: string, path: string): string =>
  (method === 'DELETE' ? undefined : BODIES.find(([ending]) => path.endsWith(ending))?.[1]) ?? '{}'

/** What a write that is meant for a version must say too. */
const headersOf = (path: string): { readonly [name: string]: string } =>
  path.startsWith('/api/v1/switches/') ? { 'if-match': '"1"' } : {}

const problem = async (response: Response): Promise<string> => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = (await response.json()) as { type: string; status: number; title: string }
  expect(body.status).toBe(response.status)
  expect(body.title).not.toBe('')
  return body.type.replace('urn:stillwatch:problem:', '')
}

describe('every resource of the API', () => {
  it('is in the table of this test, and nothing else is', async () => {
    const landing = await anAdmin()('GET', '/')
    const { endpoints } = (await landing.json()) as {
      endpoints: { method: string; path: string; role?: string }[]
    }
    const listed = endpoints.filter(({ role }) => role !== undefined)
    expect(listed.map(({ method, path, role }) => [method, path, role])).toEqual(
      RESOURCES.map(([method, path, role]) => [
        method,
        path.replace(/id-1|acct_1|r-1|c-20261112-7f3a|AbCdEfGhIjKlMnOpQrStUv/, '{id}'),
        role,
      ]),
    )
  })

  it.each(RESOURCES)(
    '%s %s takes the tokens of %s and more, and no others',
    async (method, path, role) => {
      const call = anAdmin()
      const sent = { body: bodyOf(method, path), headers: headersOf(path) }
      expect((await call(method, path, { token: OPERATOR, ...sent })).status).toBe(200)
      const viewer = await call(method, path, { token: VIEWER, ...sent })
      expect(viewer.status).toBe(role === 'viewer' ? 200 : 403)
      const none = await call(method, path, { token: '' })
      expect(none.status).toBe(401)
      expect(none.headers.get('www-authenticate')).toContain('Bearer')
      expect(await problem(none)).toBe('token-required')
      expect(await problem(await call(method, path, { token: 'wrong' }))).toBe('unknown-token')
    },
  )

  const CROSS_SITE: readonly (readonly [string, Record<string, string>])[] = [
    ['an origin of another site', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['an origin of another port', { origin: 'http://localhost:3000' }],
    ['an origin of another scheme', { origin: 'ftp://localhost:9090' }],
    ['an origin that only starts like ours', { origin: 'http://localhost:9090.evil.example' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch of a sibling', { 'sec-fetch-site': 'same-site' }],
    ['an unheard-of fetch site', { 'sec-fetch-site': 'nonsense' }],
    ['a name that points here', { host: 'rebound.evil.example:9090' }],
    [
      'a name that points here, with its own origin',
      { host: 'evil.example', origin: 'http://evil.example' },
    ],
    ['a Host that is none', { host: 'local host' }],
    ['a Host with a user', { host: 'a@localhost' }],
  ]
  it.each(CROSS_SITE)('refuses %s, whatever the token', async (_, headers) => {
    const audit = rememberedAudit()
    const call = anAdmin({ audit })
    for (const [method, path] of RESOURCES) {
      const response = await call(method, path, { headers })
      expect([403, 421]).toContain(response.status)
      expect(await problem(response)).toMatch(/^(cross-site|invalid-host)$/)
    }
    expect(audit.entries).toEqual([])
  })

  it('answers its own pages, programs, and every address and name it is told of', async () => {
    const call = anAdmin()
    for (const headers of [
      { host: 'localhost:9090', origin: 'http://localhost:9090' },
      { host: 'localhost:9090', origin: 'https://localhost:9090', 'sec-fetch-site': 'same-origin' },
      { host: '127.0.0.1:9090', 'sec-fetch-site': 'none' },
      { host: '[::1]:9090', origin: 'http://[::1]:9090' },
      { host: '10.0.0.7' },
      { host: 'GUARD.internal' },
    ]) {
      expect((await call('GET', '/api/v1/policy', { headers })).status).toBe(200)
    }
  })

  it('changes nothing by GET, HEAD, PUT, DELETE, PATCH or OPTIONS', async () => {
    const audit = rememberedAudit()
    let reloads = 0
    const parts = adminParts({ audit })
    const policy = { ...parts.policy, reload: () => Promise.resolve({ ok: ++reloads > 0 }) }
    const call = anAdmin({ audit, policy })
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACEY']) {
      const response = await call(method, '/api/v1/policy/reload')
      expect(response.status).toBe(405)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect(reloads).toBe(0)
    expect(audit.entries).toEqual([])
  })

  it('takes writes as JSON only, small, and of known fields', async () => {
    const call = anAdmin()
    const write = (headers: Record<string, string>, body: string): Promise<Response> =>
      call('POST', '/api/v1/policy/reload', { headers, body })
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/jsonx',
      '',
    ]) {
      expect(await problem(await write({ 'content-type': type }, '{}'))).toBe('json-required')
    }
    expect((await write({ 'content-type': 'application/json; charset=utf-8' }, '{}')).status).toBe(
      200,
    )
    for (const body of [
      ' ',
      '{',
      '[]',
      'null',
      '{"why":1}',
      '{"other":1}',
      `{"why":"${'x'.repeat(501)}"}`,
    ]) {
      expect(await problem(await write({}, body)), body.slice(0, 20)).toBe('invalid-parameter')
    }
    expect(await problem(await write({}, ' '.repeat(70_000)))).toBe('body-too-large')
  })

  it('tells nobody without a token what exists', async () => {
    const call = anAdmin()
    for (const path of [
      '/api/v1/nothing',
      '/api/v1',
      '/api/',
      '/api/v2/policy',
      '/api/v1/policy/',
    ]) {
      expect(await problem(await call('GET', path, { token: '' }))).toBe('token-required')
      expect(await problem(await call('GET', path))).toBe('not-found')
    }
  })
})

describe('wrong tokens', () => {
  it('are counted, and lock their sender out for the rest of the minute, the right token included', async () => {
    const clock = createFakeClock()
    const call = anAdmin({ clock, attempts: createAttempts({ clock, perMinute: 5 }) })
    const get = (token: string): Promise<Response> => call('GET', '/api/v1/policy', { token })
    for (let n = 0; n < 5; n++) expect((await get(`wrong-${n}`)).status).toBe(401)
    const locked = await get(OPERATOR)
    expect(locked.status).toBe(429)
    expect(Number(locked.headers.get('retry-after'))).toBe(60)
    expect(await problem(locked)).toBe('too-many-attempts')
    clock.advance(60_000)
    expect((await get(OPERATOR)).status).toBe(200)
  })

  it('are not missing ones', async () => {
    const call = anAdmin({ attempts: createAttempts({ clock: createFakeClock(), perMinute: 2 }) })
    for (let n = 0; n < 10; n++) await call('GET', '/api/v1/policy', { token: '' })
    expect((await call('GET', '/api/v1/policy')).status).toBe(200)
  })

  it('are everything that is not exactly a token', async () => {
    const call = anAdmin({
      attempts: createAttempts({ clock: createFakeClock(), perMinute: 1_000 }),
    })
    const nearly = [
      `${OPERATOR} `.trimEnd().slice(0, -1),
      `${OPERATOR}x`,
      OPERATOR.toUpperCase(),
      `${OPERATOR} ${OPERATOR}`,
      'x'.repeat(100_000),
      ...NAUGHTY.filter((text) => /^[\x20-\x7e]+$/.test(text)),
    ]
    for (const token of nearly) {
      const response = await call('GET', '/api/v1/policy', { token })
      expect(response.status, token.slice(0, 40)).toBe(401)
      expect(await response.text()).not.toContain(OPERATOR)
    }
    for (const authorization of [
      OPERATOR,
      `Basic ${OPERATOR}`,
      'Bearer',
      'Bearer ',
      `Bearer\t${OPERATOR}`,
    ]) {
      const response = await call('GET', '/api/v1/policy', {
        token: '',
        headers: { authorization },
      })
      expect(response.status, authorization).toBe(401)
    }
  })

  it('are all there are where no token is configured', async () => {
    const call = anAdmin({ tokens: [] })
    for (const token of ['', 'undefined', OPERATOR]) {
      expect((await call('GET', '/api/v1/policy', { token })).status).toBe(401)
    }
  })
})
