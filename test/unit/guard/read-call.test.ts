import { describe, expect, it } from 'vitest'
import { aReader, reading, verdictOf } from '../../support/a-reader.ts'
import { fakeExchange, ordinaryHeaders, type FakeRequest } from '../../support/fake-exchange.ts'
import { sharedRows } from '../../support/shared-data.ts'

const headers = (...extra: string[]): string[] => ['host', 'guard.test', ...extra]

const text = (length: number): string => `{"model":"${'m'.repeat(length - 12)}"}`

describe('reading a call', () => {
  it('gives back what was judged and nothing else', async () => {
    const body = '{"model":"m-1","messages":[],"stream":true,"max_tokens":7}'
    const { call, exchange } = await reading({ body, target: '/v1/chat/completions?a=b' })
    expect(call).toMatchObject({
      atMs: Date.UTC(2026, 3, 22),
      method: 'POST',
      path: '/v1/chat/completions',
      target: '/v1/chat/completions?a=b',
      caller: { address: '203.0.113.7', network: '203.0.113.0/24' },
      credential: { secret: 'sk-test', carrier: 'authorization' },
      dialect: 'openai',
      route: { operation: 'chat.completions.create' },
      ask: { model: 'm-1', stream: true, maxTokens: 7 },
    })
    expect(call?.id).toHaveLength(26)
    expect(Buffer.from(call?.body ?? []).toString()).toBe(body)
    expect(call?.rawHeaders).toBe(exchange.rawHeaders)
  })

  it('reads no body of a call it refuses by the head', async () => {
    for (const request of [
      { target: '/v1//chat/completions' },
      { rawHeaders: ['host', 'guard.test', 'content-type', 'application/json'] },
      { extraHeaders: ['content-encoding', 'gzip'] },
      { target: '/v1/nothing' },
    ]) {
      const { fault, exchange } = await reading(request)
      expect(fault).toBeDefined()
      expect(exchange.bodyReads).toBe(0)
    }
  })

  it('answers at once for a call without a body to judge', () => {
    const reader = aReader()
    const exchange = fakeExchange({ method: 'GET', target: '/v1/models' })
    const call = reader.read(exchange, reader.arrive(exchange))
    expect(call).not.toBeInstanceOf(Promise)
    expect(call).toMatchObject({ route: { operation: 'models.list' }, body: new Uint8Array() })
  })

  it('leaves an upload unread', async () => {
    const { call, exchange } = await reading({
      target: '/v1/files',
      rawHeaders: headers(
        'authorization',
        'Bearer k',
        'content-type',
        'multipart/form-data; boundary=x',
        'transfer-encoding',
        'chunked',
      ),
    })
    expect(call).toMatchObject({ route: { operation: 'files.create' }, body: undefined })
    expect(exchange.bodyReads).toBe(0)
  })

  it('takes an empty body where the SDKs leave it out, and only there', async () => {
    const rawHeaders = headers('authorization', 'Bearer k', 'content-length', '0')
    expect(await verdictOf({ target: '/v1/batches/b1/cancel', rawHeaders, body: '' })).toBe('read')
    expect(await verdictOf({ rawHeaders, body: '' })).toBe('invalid_body')
  })

  it('passes on what the dialect finds wrong in a body', async () => {
    const { fault } = await reading({ body: '{"model":"m","n":"5"}' })
    expect(fault).toMatchObject({ code: 'invalid_body' })
  })

  it('reads bodies up to the bound and no further', async () => {
    const reader = aReader({ maxBodyBytes: 100 })
    expect(await verdictOf({ body: text(100) }, reader)).toBe('read')
    const announced = await reading({ body: text(101) }, reader)
    expect(announced).toMatchObject({
      fault: { code: 'body_too_large' },
      exchange: { bodyReads: 0 },
    })
    const rawHeaders = headers('authorization', 'Bearer k', 'transfer-encoding', 'chunked')
    expect(await verdictOf({ body: text(101), rawHeaders }, reader)).toBe('body_too_large')
  })

  it('takes the calls of every SDK and plain client as they are on the wire', async () => {
    type Row = {
      readonly client: string
      readonly method: string
      readonly path: string
      readonly headers: readonly (readonly [string, string])[]
      readonly body_keys: readonly string[]
    }
    const rows = sharedRows<Row>('ua/sdk_request_headers.jsonl')
    const refused: string[] = []
    for (const row of rows) {
      const body = JSON.stringify({
        model: 'm',
        max_tokens: 1,
        messages: [],
        ...(row.path.includes(':generate') ? { contents: [] } : {}),
      })
      const rawHeaders = row.headers.flatMap(([name, value]) => [
        name,
        value === '<redacted>'
          ? name.toLowerCase() === 'authorization'
            ? 'Bearer k'
            : 'k'
          : value,
      ])
      const request: FakeRequest = {
        method: row.method,
        target: row.path,
        rawHeaders: rawHeaders.map((value) => (value === '<host>' ? 'guard.test' : value)),
        body,
      }
      const { fault } = await reading(request)
      if (fault !== undefined) refused.push(`${row.client}: ${fault.message}`)
    }
    expect(refused).toEqual([])
  })
})

const withType = (type: string | undefined): FakeRequest => ({
  rawHeaders: headers(
    'authorization',
    'Bearer k',
    ...(type === undefined ? [] : ['content-type', type]),
  ),
})

describe('the content type of a JSON route', () => {
  it.each([
    undefined,
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
    'application/json; charset=utf8',
    'application/vnd.api+json',
  ])('may be %s', async (type) => {
    expect(await verdictOf(withType(type))).toBe('read')
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; charset=utf-7',
    'application/json, text/plain',
    'application/jsonp',
    'application/x-ndjson',
    '',
  ])('may not be %j', async (type) => {
    expect(await verdictOf(withType(type))).toBe('unsupported_media_type')
  })
})

describe('bodies where none belongs', () => {
  it.each([
    ['a length', ['content-length', '2']],
    ['chunks', ['transfer-encoding', 'chunked']],
  ])('are refused when announced by %s', async (_name, extra) => {
    const rawHeaders = headers('authorization', 'Bearer k', ...extra)
    expect(await verdictOf({ method: 'GET', target: '/v1/models', rawHeaders })).toBe(
      'invalid_body',
    )
  })

  it('are no bodies at length 0', async () => {
    const rawHeaders = headers('authorization', 'Bearer k', 'content-length', '0')
    expect(await verdictOf({ method: 'GET', target: '/v1/models', rawHeaders })).toBe('read')
  })
})

const path = (target: string): string => aReader().arrive(fakeExchange({ target })).path

describe('what is recorded of an arrival', () => {
  it('holds no credential, wherever one was put', () => {
    for (const target of [
      '/v1/models?key=SECRET',
      '/v1/models%3Fkey=SECRET',
      '/v1/models%3fkey%3dSECRET',
      '/v1/models;key=SECRET',
      '/v1/models#key=SECRET',
      '/v1/models%253Fkey=SECRET',
      '/v1/models&key=SECRET',
      'http://user:SECRET@guard.test/v1/models',
      '/v1/models\\key=SECRET',
    ]) {
      expect(path(target)).not.toContain('SECRET')
      expect(path(target)).toContain('/v1/models')
    }
  })

  it('is bounded', () => {
    expect(path(`/${'x'.repeat(10_000)}`)).toHaveLength(512)
  })

  it('needs at least one dialect', () => {
    expect(() => aReader({ dialects: [] })).toThrow('upstreams')
  })
})

it('keeps the headers of the trusted edge out unless a trusted proxy sent them', async () => {
  const reader = aReader({ edgeHeaders: ['X-JA4'], trustedProxies: ['10.0.0.0/8'] })
  const request = { rawHeaders: [...ordinaryHeaders(29), 'x-ja4', 't13d'] }
  const direct = await reading(request, reader)
  expect(direct.call?.rawHeaders).not.toContain('x-ja4')
  const proxied = await reading({ ...request, peerAddress: '10.0.0.1' }, reader)
  expect(proxied.call?.rawHeaders).toContain('x-ja4')
  const twice = { ...request, extraHeaders: ['X-Ja4', 'forged'], peerAddress: '10.0.0.1' }
  expect(await verdictOf(twice, reader)).toBe('invalid_header')
})
