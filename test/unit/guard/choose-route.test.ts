import { describe, expect, it } from 'vitest'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { gemini } from '../../../src/dialects/gemini.ts'
import { aReader, reading, verdictOf } from '../../support/a-reader.ts'
import { fakeExchange, type FakeRequest } from '../../support/fake-exchange.ts'

const headers = (...extra: string[]): string[] => ['host', 'guard.test', ...extra]

const preflight = (target: string, ...extra: string[]): FakeRequest => ({
  method: 'OPTIONS',
  target,
  rawHeaders: headers(
    'origin',
    'https://app.test',
    'access-control-request-method',
    'POST',
    ...extra,
  ),
})

describe('CORS preflights', () => {
  it('pass without a credential, under a route of their own', async () => {
    const { call } = await reading(preflight('/v1/chat/completions'))
    expect(call).toMatchObject({
      credential: undefined,
      dialect: 'openai',
      route: { operation: 'cors.preflight', kind: 'other', metering: 'request', body: 'none' },
    })
  })

  it('never carry a credential, not even one in the query', async () => {
    const { call } = await reading(preflight('/v1beta/models/m:generateContent?key=AIza1'))
    expect(call).toMatchObject({
      credential: undefined,
      dialect: 'gemini',
      target: '/v1beta/models/m:generateContent',
    })
  })

  it('choose among dialects by the headers they ask for', async () => {
    const { call } = await reading(
      preflight('/v1/models', 'access-control-request-headers', 'anthropic-version,content-type'),
    )
    expect(call?.dialect).toBe('anthropic')
  })

  it('are refused for unknown paths, with a body, and without the headers that make one', async () => {
    expect(await verdictOf(preflight('/v1/nothing'))).toBe('unknown_route')
    expect(await verdictOf(preflight('/v1/models', 'content-length', '3'))).toBe('invalid_body')
    const plain = {
      method: 'OPTIONS',
      target: '/v1/models',
      rawHeaders: headers('authorization', 'Bearer k'),
    }
    expect(await verdictOf(plain)).toBe('method_not_allowed')
  })
})

const get = (target: string, ...extra: string[]): FakeRequest => ({
  method: 'GET',
  target,
  rawHeaders: headers(...extra),
})

describe('the dialect of a call', () => {
  it.each([
    ['/v1/models', ['authorization', 'Bearer k'], 'openai'],
    ['/v1/models', ['x-api-key', 'k'], 'anthropic'],
    ['/v1/models', ['authorization', 'Bearer k', 'anthropic-version', '2023-06-01'], 'anthropic'],
    ['/v1/models', ['x-goog-api-key', 'k'], 'gemini'],
    ['/v1/models?key=k', [], 'gemini'],
    ['/v1/models', ['api-key', 'k'], 'openai'],
    ['/v1beta/models', ['authorization', 'Bearer k'], 'gemini'],
    ['/v1/user_profiles', ['authorization', 'Bearer k'], 'anthropic'],
  ])('of GET %s with %j is %s', async (target, extra, dialect) => {
    const { call } = await reading(get(target, ...extra))
    expect(call?.dialect).toBe(dialect)
  })

  it('is one that is configured', async () => {
    const reader = aReader({ dialects: [gemini] })
    expect((await reading(get('/v1/models', 'x-api-key', 'k'), reader)).call?.dialect).toBe(
      'gemini',
    )
    expect(await verdictOf({}, reader)).toBe('unknown_route')
  })

  it('is guessed for an answer when reading failed', () => {
    const reader = aReader()
    const guess = (request: FakeRequest): string => reader.dialectOf(fakeExchange(request)).name
    expect(guess({ target: '/v1/messages' })).toBe('anthropic')
    expect(guess({ target: '/v1/messages', method: 'PUT' })).toBe('anthropic')
    expect(guess({ target: '/v1beta/models/m:generateContent?key=a&key=b' })).toBe('gemini')
    expect(guess({ target: '//v1/x', extraHeaders: ['Anthropic-Version', '2023-06-01'] })).toBe(
      'anthropic',
    )
    expect(guess({ target: '/nothing' })).toBe('openai')
    expect(guess({ target: '*', rawHeaders: [] })).toBe('openai')
    expect(guess({ target: '\u0000', rawHeaders: ['\u0000'] })).toBe('openai')
  })

  it('is the fallback where nothing points to one', () => {
    const exchange = fakeExchange({ target: '/nothing' })
    expect(aReader({ dialects: [anthropic] }).dialectOf(exchange).name).toBe('anthropic')
    expect(
      aReader({ dialects: [anthropic, gemini], fallback: gemini }).dialectOf(exchange).name,
    ).toBe('gemini')
  })
})

describe('methods and unknown routes', () => {
  it('answers 405 for a known path with another method, 404 for an unknown path', async () => {
    expect(await verdictOf({ method: 'PUT' })).toBe('method_not_allowed')
    expect(await verdictOf({ target: '/v1/realtime' })).toBe('unknown_route')
    expect(await verdictOf({ target: '/' })).toBe('unknown_route')
  })

  it.each(['TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND', 'get', ''])(
    'never serves %j, not even where unknown routes are forwarded',
    async (method) => {
      const reader = aReader({ unknownRoutes: 'forward' })
      expect(
        await verdictOf({ method, target: '/v1/x', extraHeaders: ['x-api-key', ''] }, reader),
      ).toBe('method_not_allowed')
    },
  )

  it('forwards unknown routes where the operator says so, as calls that may generate if they send anything', async () => {
    const reader = aReader({ unknownRoutes: 'forward', dialects: [anthropic] })
    const { call } = await reading({ target: '/v1/something/new?x=1' }, reader)
    expect(call).toMatchObject({
      dialect: 'anthropic',
      target: '/v1/something/new?x=1',
      route: { operation: 'unknown', kind: 'other', metering: 'generate', body: 'upload' },
      body: undefined,
    })
    const asked = await reading({ method: 'GET', target: '/v1/something/new' }, reader)
    expect(asked.call).toMatchObject({ route: { operation: 'unknown', metering: 'request' } })
  })

  it('forwards none whose dialect nothing tells', async () => {
    const reader = aReader({ unknownRoutes: 'forward' })
    expect(await verdictOf({ target: '/v1/new' }, reader)).toBe('unknown_route')
    const { call } = await reading(
      { target: '/v1/new', extraHeaders: ['anthropic-version', '2023-06-01'] },
      reader,
    )
    expect(call?.dialect).toBe('anthropic')
  })
})
