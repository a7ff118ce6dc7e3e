import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requestHeaders, type CredentialHeader } from '../../../src/upstream/request-headers.ts'
import { aCall } from '../../support/a-call.ts'
import { rawOf } from '../../support/raw-headers.ts'

const PASS: CredentialHeader = {
  own: undefined,
  headerFor: (secret) => ['authorization', `Bearer ${secret}`],
}
const OWN: CredentialHeader = { ...PASS, own: ['authorization', 'Bearer sk-own'] }

const sent = (
  lines: readonly string[],
  credential: CredentialHeader = PASS,
  changes: Parameters<typeof aCall>[0] = {},
): string[] => requestHeaders(aCall({ rawHeaders: rawOf(...lines), ...changes }), credential)

const AUTH = 'authorization: Bearer sk-test'
const IDENTITY = 'accept-encoding: identity'

describe('headers on the way to an upstream', () => {
  it('keep order, case and repetition', () => {
    const lines = ['X-B: 1', 'x-a: 2', 'X-b: 3', AUTH, 'Content-Type: application/json']
    expect(sent(lines)).toEqual(rawOf(...lines, IDENTITY))
  })

  it.each([
    'connection: close',
    'Keep-Alive: 5',
    'proxy-connection: x',
    'TE: trailers',
    'trailer: x',
    'transfer-encoding: chunked',
    'upgrade: h2c',
    'http2-settings: AAA',
    'Host: evil.test',
    'expect: 100-continue',
    'content-length: 7',
    'CONTENT_LENGTH: 7',
    'cookie: a=b',
    'proxy-authorization: Basic eA==',
    'Proxy-Authenticate: Basic',
    'x-forwarded-for: 1.2.3.4',
    'X_Forwarded_Proto: https',
    'forwarded: for=1.2.3.4',
    'via: 1.1 x',
    'x-real-ip: 1.2.3.4',
    'CF-Connecting-IP: 1.2.3.4',
    'cf_ray: x',
    'true-client-ip: 1.2.3.4',
    'x-original-url: /admin',
    'x-http-method-override: DELETE',
    'X-Stillwatch-Decision: 1',
    'x_stillwatch_tier: proven',
    'X-StillWatch_A: 1',
    'x-api-key: sk-other',
    'X-Goog-Api-Key: other',
    'api-key: other',
    'X_Api_Key: sk-test',
    'authorization: Bearer sk-second',
  ])('lose %s', (line) => {
    expect(sent([AUTH, line, 'x-kept: 1'])).toEqual(rawOf(AUTH, 'x-kept: 1', IDENTITY))
  })

  it('lose what Connection names, in any spelling and in several fields', () => {
    const lines = ['Connection: keep-alive, X-Hop', 'x-hop: 1', 'connection:x_other', 'X-Other: 2']
    expect(sent([AUTH, ...lines, 'x-kept: 1'])).toEqual(rawOf(AUTH, 'x-kept: 1', IDENTITY))
  })

  it('cannot be made to lose the judged credential by naming it in Connection', () => {
    expect(sent(['connection: authorization', AUTH])).toEqual(rawOf(IDENTITY, AUTH))
  })

  it('ask for an answer without compression, in place of whatever the caller asked', () => {
    expect(sent(['Accept-Encoding: gzip, br', AUTH, 'accept-encoding: zstd'])).toEqual(
      rawOf('Accept-Encoding: identity', AUTH),
    )
  })

  it('keep the length of an upload that is streamed, and only that', () => {
    const upload = { operation: 'files.create', kind: 'file', metering: 'request' } as const
    expect(
      sent([AUTH, 'content-length: 7', 'content_length: 9'], PASS, {
        body: undefined,
        route: { ...upload, body: 'upload' },
      }),
    ).toEqual(rawOf(AUTH, 'content-length: 7', IDENTITY))
  })

  it('carry the credential of the upstream in place of the caller', () => {
    expect(sent([AUTH, 'x-api-key: sk-test', 'x-kept: 1'], OWN)).toEqual(
      rawOf('x-kept: 1', IDENTITY, 'authorization: Bearer sk-own'),
    )
  })

  it('carry a credential that came in the query where the dialect expects it', () => {
    const gemini = {
      own: undefined,
      headerFor: (secret: string) => ['x-goog-api-key', secret] as const,
    }
    expect(
      sent(['x-kept: 1'], gemini, { credential: { id: 'h', secret: 'AIza', carrier: 'key' } }),
    ).toEqual(rawOf('x-kept: 1', IDENTITY, 'x-goog-api-key: AIza'))
  })

  it('carry none where the call has none', () => {
    expect(sent(['x-kept: 1', AUTH], PASS, { credential: undefined })).toEqual(
      rawOf('x-kept: 1', IDENTITY),
    )
  })

  it('never carry a second credential, a claim of origin or our prefix, whatever is sent', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'authorization',
        'x-api-key',
        'x-goog-api-key',
        'x-forwarded-for',
        'x-stillwatch-a',
        'cookie',
        'connection',
        'x-free',
      ),
      fc.string({ unit: fc.constantFrom('a', 'x', '-', '_', 'K'), minLength: 1, maxLength: 12 }),
    )
    const spelled = fc.tuple(name, fc.infiniteStream(fc.boolean())).map(([text, flips]) =>
      text
        .split('')
        .map((letter) => {
          const flip = flips.next().value === true
          if (letter === '-') return flip ? '_' : '-'
          return flip ? letter.toUpperCase() : letter
        })
        .join(''),
    )
    const value = fc.constantFrom('1', 'close', 'x-free, authorization', 'Bearer sk-test')
    fc.assert(
      fc.property(fc.array(fc.tuple(spelled, value), { maxLength: 20 }), (pairs) => {
        const out = requestHeaders(aCall({ rawHeaders: pairs.flat() }), PASS)
        const names = out
          .filter((_, i) => i % 2 === 0)
          .map((each) => each.toLowerCase().replaceAll('_', '-'))
        expect(names.filter((each) => each === 'authorization')).toHaveLength(1)
        expect(
          names.filter((each) =>
            /^(x-(goog-)?api-key|cookie|connection|x-forw|x-still)/.test(each),
          ),
        ).toEqual([])
      }),
      { numRuns: 2_000 },
    )
  })
})
