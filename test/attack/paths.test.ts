import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Route } from '../../src/core/call.ts'
import { canonicalTarget } from '../../src/guard/canonical-target.ts'
import { aReader, DIALECTS, reading, verdictOf } from '../support/a-reader.ts'
import { KNOWN_TARGETS, lenientReadings, variantOf } from '../support/path-variants.ts'

const HEAVIER: { readonly [M in Route['metering']]: number } = {
  request: 0,
  embed: 1,
  submit: 2,
  generate: 3,
}

const routesOf = (method: string, path: string): Route[] =>
  DIALECTS.map((dialect) => dialect.route(method, path)).filter(
    (route) => typeof route === 'object',
  )

/** Weight of the heaviest route that any lenient server would take a path for; -1 for none. */
const heaviestReading = (method: string, path: string): number =>
  Math.max(
    -1,
    ...[...lenientReadings(path)]
      .flatMap((each) => routesOf(method, each))
      .map((route) => HEAVIER[route.metering]),
  )

/** A small seeded generator (mulberry32), so that a failing variant can be made again. */
const createPick = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const SEED = Number(process.env['STILLWATCH_SEED'] ?? 20_261_120)
const VARIANTS_A_ROUTE = 500

describe('a path in another spelling', () => {
  it.each(['refuse', 'forward'] as const)(
    'is never treated more lightly than the path it stands for (unknown routes: %s)',
    async (unknownRoutes) => {
      const reader = aReader({ unknownRoutes })
      const pick = createPick(SEED)
      const wrong: string[] = []
      let taken = 0
      for (const [method, path] of KNOWN_TARGETS) {
        for (let count = 0; count < VARIANTS_A_ROUTE; count++) {
          const target = variantOf(path, pick)
          const rawHeaders = [
            'host',
            'guard.test',
            'authorization',
            'Bearer k',
            // Names a dialect, so that unknown routes can be forwarded at all.
            ...(unknownRoutes === 'forward' ? ['anthropic-version', '2023-06-01'] : []),
          ]
          const request = {
            method,
            target,
            rawHeaders,
            body: '{"model":"m","messages":[],"max_tokens":1,"contents":[]}',
          }
          const { call, fault } = await reading(request, reader)
          if (call === undefined) {
            if (fault?.source !== 'client') wrong.push(`${fault?.message} for ${target}`)
            continue
          }
          taken++
          const judged = target.replace(/^http:\/\/guard\.test(?=\/)/i, '')
          if (call.target !== judged) wrong.push(`${target} forwarded as ${call.target}`)
          if (HEAVIER[call.route.metering] < heaviestReading(method, call.path)) {
            wrong.push(`${method} ${target} passed as ${call.route.operation}`)
          }
        }
      }
      expect({ seed: SEED, wrong }).toEqual({ seed: SEED, wrong: [] })
      // Some changes leave a path canonical (another model name); most must not.
      expect(taken).toBeGreaterThan(100)
      expect(taken).toBeLessThan((KNOWN_TARGETS.length * VARIANTS_A_ROUTE) / 3)
    },
  )

  it('would be caught if it passed: the oracle sees through what it must', () => {
    for (const spelling of [
      '/v1//chat/completions',
      '/v1/x/../chat/completions',
      '/V1/Chat/Completions',
      '/v1/chat%2Fcompletions',
      '/v1/chat%252Fcompletions',
      '/v1/chat\\completions',
      '/v1/chat;a=b/completions',
      '/v1/chat/completions%00',
      '/v1/chat\uff0fcompletions',
      '/v1beta/models/m%3AgenerateContent',
    ]) {
      expect([spelling, heaviestReading('POST', spelling)]).toEqual([spelling, 3])
    }
  })

  it.each([
    '//v1/chat/completions',
    '///v1/chat/completions',
    '/v1//chat/completions',
    '/v1%2fchat/completions',
    '/v1/chat%2Fcompletions',
    '/v1/chat;a=b/completions',
    '/v1/foo/../chat/completions',
    '/v1/foo/..%2fchat/completions',
    '/v1/./chat/completions',
    '/v1/%2e%2e/v1/chat/completions',
    '/v1/%63hat/completions',
    '/v1/%2563hat/completions',
    '/v1/chat/completions/',
    '/v1/chat\\completions',
    '/v1/chat/completions#x',
    '/v1/chat/completions%00',
    '/v1/ch\u00e4t/completions',
    '/v1/chat/completions\u0000',
    'v1/chat/completions',
    '',
    '*',
    'guard.test:80',
    'http://evil.test/v1/chat/completions',
    'http://evil.test//v1/chat/completions',
    'http://guard.test@evil.test/v1/chat/completions',
    'http://guard.test',
    'http:///v1/chat/completions',
    'ftp://guard.test/v1/chat/completions',
    '/v1beta/models/m%3AgenerateContent',
    `/${'x'.repeat(3_000)}`,
  ])('is refused as such: %j', async (target) => {
    expect(await verdictOf({ target })).toBe('invalid_path')
  })

  it.each(['/V1/chat/completions', '/v1/Chat/Completions', '/v1/messageS'])(
    'is unknown where only its case differs, even where unknown routes are forwarded: %s',
    async (target) => {
      const reader = aReader({ unknownRoutes: 'forward' })
      const extraHeaders = ['anthropic-version', '2023-06-01']
      expect(await verdictOf({ target, extraHeaders }, reader)).toBe('unknown_route')
    },
  )

  it('is told how to write it', async () => {
    const { fault } = await reading({ target: '/v1/models/a%3Ab', method: 'GET' })
    expect(fault?.detail).toBe('%3A is not accepted: write the character itself, or leave it out')
  })

  it('may name its own host in absolute form, which is then not forwarded', async () => {
    const { call } = await reading({ target: 'http://Guard.Test/v1/chat/completions?a=b' })
    expect(call).toMatchObject({ path: '/v1/chat/completions', target: '/v1/chat/completions?a=b' })
  })
})

describe('the canonical form', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9._~!$&'()*+,=:@%/?#;\\ -]{0,12}$/)
  const targets = fc.oneof(
    fc.array(segment, { maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
    fc.string({ unit: 'binary' }),
  )

  it('is a fixed point: what was read once reads the same again', () => {
    fc.assert(
      fc.property(targets, (target) => {
        let first
        try {
          first = canonicalTarget(target, 'guard.test')
        } catch {
          return
        }
        expect(canonicalTarget(first.target, 'guard.test')).toEqual({ ...first, key: undefined })
        if (first.key === undefined) expect(first.target).toBe(target)
      }),
      { numRuns: 10_000 },
    )
  })

  it('has one reading: decoding, resolving and parsing as a URL change nothing', () => {
    fc.assert(
      fc.property(targets, (target) => {
        let path
        try {
          ;({ path } = canonicalTarget(target, 'guard.test'))
        } catch {
          return
        }
        expect(new URL(`http://h${path}`).pathname).toBe(path)
        const decoded = decodeURIComponent(path)
        expect(decoded.split('/').length).toBe(path.split('/').length)
        expect(decoded).toMatch(/^[ -~]+$/)
        expect(decoded).not.toMatch(/[\\%;?#]|\/\/|\/\.{1,2}(?:\/|$)/)
        expect(decodeURIComponent(decoded)).toBe(decoded)
      }),
      { numRuns: 10_000 },
    )
  })
})

const withQuery = (query: string): Parameters<typeof verdictOf>[0] => ({
  method: 'GET',
  target: `/v1/models?${query}`,
  rawHeaders: ['host', 'guard.test', 'authorization', 'Bearer k'],
})

describe('a query', () => {
  it.each([
    'a=1&a=2',
    'a=1;b=2',
    'a=1&&b=2',
    '',
    '&',
    '=1',
    'a=1&%61=2',
    'a=%26key=x',
    'a=%23',
    'a=%00',
    'a=%0d%0a',
    'a=%25%36%65',
    'a=%',
    'a=%zz',
    'a=%ff',
    'a=b#c',
    'a=b c',
    'a="b"',
    'a=\u00e4',
    '+a=1',
    'a%20=1',
    'KEY=x',
    'Key=x',
    'key[]=x',
    '%6Bey=x',
    'access_token=x',
    'api_key=x',
    'api-key=x',
    'oauth_token=x',
    '$httpMethod=DELETE',
    '%24httpHeaders=x',
    `a=${'x'.repeat(8_200)}`,
  ])('that is ambiguous is refused: %j', async (query) => {
    expect(await verdictOf(withQuery(query))).toBe('invalid_query')
  })

  it.each([
    'a=1&b=2',
    'limit=20&after=abc%3D%3D',
    'include[]=a&include[]=b',
    'include%5B%5D=a&include%5B%5D=b',
    'beta=true',
    'alt=sse',
    'pageToken=Cg%2B%2F==',
    'filter=a%20b+c',
    'metadata[k]=v',
    'metadata%5Bmy-key%5D=v&metadata%5Bother%5D=w',
    'filter[a][b]=v',
    'x',
  ])('as SDKs write it is forwarded byte for byte: %j', async (query) => {
    expect((await reading(withQuery(query))).call?.target).toBe(`/v1/models?${query}`)
  })

  it.each([
    ['key=AIza-1_2.3', '/v1/models'],
    ['a=1&key=AIza&b=2', '/v1/models?a=1&b=2'],
    ['key=AIza&alt=sse', '/v1/models?alt=sse'],
  ])('gives its key up: %s', async (query, target) => {
    const { call } = await reading({ ...withQuery(query), rawHeaders: ['host', 'guard.test'] })
    expect(call).toMatchObject({ target, credential: { carrier: 'key' } })
    expect(JSON.stringify(call?.target)).not.toContain('AIza')
  })
})
