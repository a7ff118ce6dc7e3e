import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reading, verdictOf } from '../support/a-reader.ts'
import { ordinaryHeaders } from '../support/fake-exchange.ts'

const withExtra = (...extraHeaders: string[]): Promise<string> => verdictOf({ extraHeaders })

const withHost = (...fields: string[]): Promise<string> =>
  verdictOf({ rawHeaders: [...fields, 'authorization', 'Bearer k'] })

describe('the Host of a call', () => {
  it.each([
    'guard.test',
    'Guard.Test:8080',
    '127.0.0.1',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:8080',
    'model_api:80',
    'a',
  ])('may be %s', async (host) => {
    expect(await withHost('Host', host)).toBe('read')
  })

  it.each([
    '',
    ' ',
    'a b',
    'a,b',
    'a/b',
    'a@b',
    'a:b',
    'a:',
    'a:123456',
    'http://a',
    'a\0',
    'ä.test',
    '[::1',
    '::1',
    '[x]',
    '-a',
    'a?b',
    'a#b',
    'a\\b',
    'x'.repeat(300),
  ])('may not be %j', async (host) => {
    expect(await withHost('Host', host)).toBe('invalid_host')
  })

  it('stands there exactly once', async () => {
    expect(await withHost()).toBe('invalid_host')
    expect(await withHost('Host', 'a.test', 'host', 'b.test')).toBe('invalid_host')
    expect(await withHost('Host', 'a.test', 'host', 'a.test')).toBe('invalid_host')
  })

  it('says nothing about the route', async () => {
    const rawHeaders = ['host', 'generativelanguage.googleapis.com', 'authorization', 'Bearer k']
    expect((await reading({ rawHeaders })).call?.dialect).toBe('openai')
  })
})

describe('a header that may stand once', () => {
  it.each([
    ['content-type', 'application/json'],
    ['content-length', '29'],
    ['user-agent', 'x'],
    ['anthropic-version', '2023-06-01'],
    ['origin', 'https://a.test'],
    ['openai-organization', 'org'],
    ['OpenAI-Project', 'p'],
    ['x-goog-user-project', 'p'],
  ])('is refused twice, in any case: %s', async (name, value) => {
    const rawHeaders = [
      'host',
      'guard.test',
      'authorization',
      'Bearer k',
      name,
      value,
      name.toUpperCase(),
      value,
    ]
    expect(await verdictOf({ rawHeaders })).toBe('invalid_header')
  })

  it('is told from one that may stand often', async () => {
    expect(
      await withExtra('anthropic-beta', 'a', 'anthropic-beta', 'b', 'cookie', 'a', 'cookie', 'b'),
    ).toBe('read')
  })
})

const framed = (...fields: string[]): Promise<string> =>
  verdictOf({ rawHeaders: ['host', 'guard.test', 'authorization', 'Bearer k', ...fields] })

describe('the framing of a body', () => {
  it.each([
    [['content-length', '5', 'transfer-encoding', 'chunked']],
    [['transfer-encoding', 'gzip, chunked']],
    [['transfer-encoding', 'chunked, identity']],
    [['transfer-encoding', 'identity']],
    [['transfer-encoding', 'xchunked']],
    [['transfer-encoding', '']],
    [['transfer-encoding', 'chunked', 'Transfer-Encoding', 'chunked']],
    [['content-length', '5', 'Content-Length', '5']],
    [['content-length', '5', 'Content-Length', '6']],
    [['content-length', '-1']],
    [['content-length', '+5']],
    [['content-length', '5, 5']],
    [['content-length', '0x5']],
    [['content-length', '5 ']],
    [['content-length', '']],
    [['content-length', '9'.repeat(20)]],
    [['content_length', '5']],
    [['transfer_encoding', 'chunked']],
    [['transfer.encoding', 'chunked']],
  ])('is one that nobody reads differently, not %j', async (fields) => {
    expect(await framed(...fields)).toBe('invalid_header')
  })

  it('may be chunked or a length', async () => {
    expect(await framed('transfer-encoding', 'Chunked')).toBe('read')
    expect(await framed('content-length', '29')).toBe('read')
  })

  it.each(['gzip', 'br', 'deflate', 'zstd', 'identity, gzip', 'x', 'GZIP'])(
    'may not be compressed: %s',
    async (encoding) => {
      expect(await withExtra('content-encoding', encoding)).toBe('unsupported_encoding')
      expect(
        await verdictOf({ target: '/v1/files', extraHeaders: ['content-encoding', encoding] }),
      ).toBe('unsupported_encoding')
    },
  )

  it('may say that it is not compressed', async () => {
    expect(await withExtra('content-encoding', 'Identity')).toBe('read')
  })
})

describe('a header that would make another call of it', () => {
  it.each([
    ['upgrade', 'websocket'],
    ['Upgrade', 'h2c'],
    ['upgrade', ''],
    ['connection', 'Upgrade'],
    ['connection', 'keep-alive, upgrade'],
    ['connection', 'HTTP2-Settings'],
    ['http2-settings', 'AAMAAABkAAQAAP__'],
  ])('asks for another protocol: %s: %s', async (name, value) => {
    expect(await withExtra(name, value)).toBe('upgrade_refused')
  })

  it.each([
    'x-http-method-override',
    'X-HTTP-Method',
    'x-method-override',
    'x_http_method_override',
  ])('overrides the method: %s', async (name) => {
    expect(await withExtra(name, 'DELETE')).toBe('invalid_header')
  })

  it.each([
    'authorization',
    'Content-Type',
    'x-api-key',
    'anthropic-version',
    'x-forwarded-for',
    'host',
    'openai-organization',
    'te, authorization',
  ])('has the next server drop what was judged: connection: %s', async (option) => {
    expect(await withExtra('connection', option)).toBe('invalid_header')
  })

  it.each(['keep-alive', 'Keep-Alive', 'close', 'keep-alive, te', 'x-anything', '', ','])(
    'does nothing of the kind: connection: %j',
    async (value) => {
      expect(await withExtra('connection', value)).toBe('read')
    },
  )

  it.each([
    'x_api_key',
    'X_Api-Key',
    'x-goog_api_key',
    'api_key',
    'x_forwarded_for',
    'user_agent',
    'content_type',
    'anthropic_version',
    'x.api.key',
  ])('is a judged one in the spelling of a CGI server: %s', async (name) => {
    expect(await withExtra(name, 'x')).toBe('invalid_header')
  })

  it('is not any name with an underscore: popular clients send them', async () => {
    const { call } = await reading({ extraHeaders: ['session_id', 'a', 'conversation_id', 'b'] })
    expect(call?.rawHeaders).toContain('session_id')
  })

  it.each(['', ' x', 'x ', 'x:y', 'x\0', 'ä', 'x y', '"x"', 'x\r\ny'])(
    'has no name to speak of: %j',
    async (name) => {
      expect(await withExtra(name, 'v')).toBe('invalid_header')
    },
  )
})

it('a head of any bytes is read or refused as the client’s own mistake', async () => {
  const name = fc.oneof(
    fc.constantFrom(
      'host',
      'connection',
      'forwarded',
      'content-length',
      'authorization',
      'x-api-key',
      'origin',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  const fields = fc.array(fc.tuple(name, fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 10,
  })
  await fc.assert(
    fc.asyncProperty(fields, fc.boolean(), async (pairs, whole) => {
      const rawHeaders = [...(whole ? ordinaryHeaders(29) : []), ...pairs.flat()]
      const { fault } = await reading({ rawHeaders })
      if (fault !== undefined) expect(fault.source).toBe('client')
    }),
    { numRuns: 3_000 },
  )
})
