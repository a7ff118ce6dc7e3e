import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { createReader } from '../../src/guard/read-call.ts'
import { aReader, DIALECTS, reading, verdictOf } from '../support/a-reader.ts'
import { createFakeClock } from '../support/clock.ts'
import type { FakeRequest } from '../support/fake-exchange.ts'

const CARRIERS = ['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'key'] as const
type Carrier = (typeof CARRIERS)[number]

/** A call that carries secrets where it is told to. */
const carrying = (
  ...pairs: readonly (readonly [carrier: Carrier, secret: string])[]
): FakeRequest => ({
  method: 'GET',
  target: `/v1/models${pairs
    .filter(([carrier]) => carrier === 'key')
    .map(([, secret], at) => `${at === 0 ? '?' : '&'}key=${secret}`)
    .join('')}`,
  rawHeaders: [
    'host',
    'guard.test',
    ...pairs.flatMap(([carrier, secret]) => {
      if (carrier === 'key') return []
      return [carrier, carrier === 'authorization' ? `Bearer ${secret}` : secret]
    }),
  ],
})

describe('a credential', () => {
  it.each(CARRIERS)('is taken from %s, under the same id wherever it came', async (carrier) => {
    const { call } = await reading(carrying([carrier, 'sk-1']))
    expect(call?.credential).toEqual({
      id: createKeyedHash(new Uint8Array(32), 'credential')('sk-1'),
      secret: 'sk-1',
      carrier,
    })
  })

  it('that is missing or empty is 401', async () => {
    expect(await verdictOf(carrying())).toBe('missing_credential')
    for (const carrier of CARRIERS)
      expect(await verdictOf(carrying([carrier, '']))).toBe('missing_credential')
    for (const value of ['', 'Bearer', 'bearer', 'Bearer ']) {
      const rawHeaders = ['host', 'guard.test', 'authorization', value]
      expect(await verdictOf({ method: 'GET', target: '/v1/models', rawHeaders })).toBe(
        'missing_credential',
      )
    }
  })

  const pairs = CARRIERS.flatMap((one) => CARRIERS.map((other) => [one, other] as const))

  it.each(pairs)('in %s and in %s is one too many, same or different', async (one, other) => {
    for (const second of ['sk-1', 'sk-2']) {
      expect(await verdictOf(carrying([one, 'sk-1'], [other, second]))).toBe('ambiguous_credential')
    }
  })

  it.each(pairs.filter(([one, other]) => one !== other))(
    'in %s beside an empty %s is the only one',
    async (one, other) => {
      const { call } = await reading(carrying([one, 'sk-1'], [other, '']))
      expect(call?.credential).toMatchObject({ secret: 'sk-1', carrier: one })
    },
  )

  it.each([
    'key=sk-2',
    '%6Bey=sk-2',
    'KEY=sk-2',
    'access_token=sk-2',
    'api_key=sk-2',
    'key[]=sk-2',
  ])('is not smuggled past the judged one in the query: %s', async (query) => {
    const request = { ...carrying(['authorization', 'sk-1']), target: `/v1/models?${query}` }
    expect(['ambiguous_credential', 'invalid_query']).toContain(await verdictOf(request))
  })
})

const authorized = (value: string): FakeRequest => ({
  method: 'GET',
  target: '/v1/models',
  rawHeaders: ['host', 'guard.test', 'authorization', value],
})

describe('the Authorization header', () => {
  it.each([
    'Bearer a',
    'bearer a',
    'BEARER a',
    'Bearer sk-proj-a_B.1~x',
    'Bearer eyJh.eyJz.c2ln',
    'Bearer YWJj==',
  ])('may be %s', async (value) => {
    const { call } = await reading(authorized(value))
    expect(call?.credential?.secret).toBe(value.slice('Bearer '.length))
  })

  it.each([
    'Basic dXNlcjpwYXNz',
    'Token abc',
    'sk-abc',
    'Bearer  a',
    'Bearer\ta',
    'Bearer a b',
    'Bearer a,b',
    'Bearer a, Bearer b',
    'Bearer =a',
    'Bearer a=b',
    'Bearer "a"',
    'Bearer \u00e4',
    'Bearer a\0',
    'Bearera',
    'BearerX a',
    ' Bearer a',
    'Digest username="x"',
    `Bearer ${'a'.repeat(8_193)}`,
  ])('may not be %j', async (value) => {
    expect(await verdictOf(authorized(value))).toBe('invalid_credential')
  })

  it('may hold 8 KiB', async () => {
    expect(await verdictOf(authorized(`Bearer ${'a'.repeat(8_192)}`))).toBe('read')
  })

  it('is matched in linear time', async () => {
    const begin = performance.now()
    for (const value of [`Bearer ${'='.repeat(15_000)}a`, `Bearer ${'a='.repeat(7_000)}`]) {
      expect(await verdictOf(authorized(value))).toBe('invalid_credential')
    }
    expect(performance.now() - begin).toBeLessThan(500)
  })
})

describe('a key in a header of its own', () => {
  it.each(['a b', 'a,b', 'a\tb', '"a"', 'a\\b', '\u00e4', 'a\0', 'Bearer x'])(
    'may not be %j',
    async (secret) => {
      for (const carrier of ['x-api-key', 'x-goog-api-key', 'api-key'] as const) {
        expect(await verdictOf(carrying([carrier, secret]))).toBe('invalid_credential')
      }
    },
  )

  it('in the query is plain, or it is sent in a header', async () => {
    for (const secret of ['a%2Db', 'a+b', 'a/b', 'a=b', 'a:b']) {
      expect(await verdictOf(carrying(['key', secret]))).toBe('invalid_credential')
    }
  })
})

describe('a secret', () => {
  const CANARY = 'sk-CANARY-7f3a'

  it('stands nowhere in a call but in its credential and its own header', async () => {
    for (const carrier of CARRIERS) {
      const { call, exchange } = await reading(carrying([carrier, CANARY]))
      expect(call?.credential?.secret).toBe(CANARY)
      const rest = { ...call, credential: undefined, rawHeaders: undefined }
      expect(JSON.stringify(rest)).not.toContain('CANARY')
      expect(JSON.stringify(aReader().arrive(exchange))).not.toContain('CANARY')
    }
  })

  it('stands in no fault, whatever is wrong with the call', async () => {
    const bodies = [
      `{"a":"${CANARY}`,
      `{"${CANARY}":1,"${CANARY}":2}`,
      `{"Model":"${CANARY}"}`,
      CANARY,
    ]
    const requests: FakeRequest[] = [
      ...CARRIERS.map((carrier) => carrying([carrier, `${CANARY} `])),
      ...CARRIERS.map((carrier) => carrying([carrier, CANARY], ['authorization', CANARY])),
      ...CARRIERS.map((carrier) => ({
        ...carrying([carrier, CANARY]),
        target: `/v1//x?key=${CANARY}`,
      })),
      ...CARRIERS.map((carrier) => ({
        ...carrying([carrier, CANARY]),
        target: `/v1/models?${CANARY}=1&${CANARY}=2`,
      })),
      ...bodies.map((body) => ({ body })),
    ]
    for (const request of requests) {
      const { fault } = await reading(request)
      expect(fault).toBeDefined()
      expect(`${fault?.stack} ${fault?.detail} ${String(fault?.cause)}`).not.toContain('CANARY')
    }
  })

  it('is hashed as it is: ids of different secrets differ', async () => {
    const reader = aReader()
    const secret = fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,60}$/)
    await fc.assert(
      fc.asyncProperty(secret, secret, async (one, other) => {
        const first = (await reading(carrying(['authorization', one]), reader)).call
        const second = (await reading(carrying(['authorization', other]), reader)).call
        expect(first?.credential?.id === second?.credential?.id).toBe(one === other)
      }),
      { numRuns: 300 },
    )
  })
})

it('a reader that hashes with nothing but the seam needs nothing else of a credential', async () => {
  const seen: string[] = []
  const reader = createReader({
    dialects: DIALECTS,
    trustedProxies: [],
    unknownRoutes: 'refuse',
    maxBodyBytes: 1_000,
    credentialHash: (value) => {
      seen.push(value)
      return 'hash'
    },
    clock: createFakeClock(),
    newId: () => 'id',
  })
  const { call } = await reading(carrying(['x-api-key', 'sk-1']), reader)
  expect(call?.credential?.id).toBe('hash')
  expect(seen).toEqual(['sk-1'])
})
