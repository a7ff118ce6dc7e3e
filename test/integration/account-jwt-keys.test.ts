import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { CLAIM_MAP } from '../../src/signals/account-claims.ts'
import { ACCOUNT_FAILED, NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import type { Problem } from '../../src/core/problem.ts'
import { createAccountJwt, type AccountJwtSource } from '../../src/signals/account-jwt.ts'
import type { KeyOrigin } from '../../src/signals/account-jwt-ring.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { createFakeClock } from '../support/clock.ts'
import { ecKey, signEs256, type IssuerKey } from '../support/jwt-forge.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'
import { until } from '../support/wait.ts'

const MINUTE_MS = 60_000
const clock = createFakeClock()
const one = ecKey('one')
const two = ecKey('two')
let server: LoopbackServer
let source: AccountJwtSource
let told: (Problem | undefined)[] = []
let tokens = 0

const create = (keys: KeyOrigin): Promise<AccountJwtSource> =>
  createAccountJwt({
    issuer: 'https://issuer.example',
    audiences: ['guard'],
    algorithms: ['ES256'],
    keys,
    claims: CLAIM_MAP.parse({}),
    nowMs: clock.now(),
    onProblem: (problem) => void told.push(problem),
    ...accountTools,
  })
const tokenOf = (key: IssuerKey, kid: unknown = key.jwk['kid']): string =>
  signEs256(
    { alg: 'ES256', kid },
    {
      iss: 'https://issuer.example',
      aud: 'guard',
      sub: 'user-1',
      exp: clock.now() / 1000 + 10 * 86_400,
      jti: String(tokens++),
    },
    key.privateKey,
  )
const read = async (token: string, id = token): Promise<Findings> =>
  source.read(
    aCall({ atMs: clock.now(), credential: { id, secret: token, carrier: 'authorization' } }),
    new Facts(),
  )
const publish = (...keys: readonly IssuerKey[]): void =>
  server.answer((response) => response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) })))

beforeEach(async () => {
  told = []
  server = await startLoopbackServer()
  publish(one)
  source = await create({ kind: 'url', url: `${server.url}/keys`, reach: 'private' })
})
afterEach(async () => {
  await source.close()
  await server.close()
})

describe('keys at the address of the issuer', () => {
  it('are fetched once for many tokens', async () => {
    for (let n = 0; n < 20; n++) {
      expect(await read(tokenOf(one))).toMatchObject({ 'account.id': 'user-1' })
    }
    expect(server.asked.map(({ url }) => url)).toEqual(['/keys'])
  })

  it('are fetched at most once a minute for any number of tokens with unknown keys', async () => {
    clock.advance(MINUTE_MS)
    const stranger = ecKey('stranger')
    for (let n = 0; n < 200; n++) {
      expect(await read(tokenOf(stranger, `kid ${n}`))).toBe(NO_ACCOUNT)
    }
    expect(server.asked.length).toBe(2)
    await Promise.all(Array.from({ length: 50 }, (_, n) => read(tokenOf(stranger, `p ${n}`))))
    expect(server.asked.length).toBe(2)
  })

  it('are found when the issuer changes them, and the old ones are forgotten', async () => {
    const old = tokenOf(one)
    expect(await read(old)).toMatchObject({ 'account.known': true })
    publish(two)
    expect(await read(tokenOf(two))).toBe(NO_ACCOUNT)
    clock.advance(MINUTE_MS)
    expect(await read(tokenOf(two))).toMatchObject({ 'account.known': true })
    expect(await read(old)).toBe(NO_ACCOUNT)
  })

  it('stay in use for a day while the address is down, and no longer', async () => {
    const token = tokenOf(one)
    await read(token)
    await server.close()
    clock.advance(24 * 60 * MINUTE_MS)
    expect(await read(token)).toMatchObject({ 'account.known': true })
    expect(await read(tokenOf(one))).toMatchObject({ 'account.known': true })
    clock.advance(1)
    expect(await read(token)).toBe(ACCOUNT_FAILED)
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
  })

  it('that are garbage, too many or too large leave the old ones in use', async () => {
    const bad = [
      'no JSON',
      '[]',
      '{"keys":{}}',
      JSON.stringify({ keys: [one.jwk, { ...two.jwk, kid: 'one' }] }),
      JSON.stringify({ keys: Array.from({ length: 101 }, () => two.jwk) }),
      JSON.stringify({ keys: [two.jwk], pad: 'x'.repeat(300_000) }),
    ]
    for (const text of bad) {
      server.answer((response) => response.end(text))
      clock.advance(11 * MINUTE_MS)
      expect(await read(tokenOf(two)), text.slice(0, 40)).toBe(NO_ACCOUNT)
      expect(await read(tokenOf(one))).toMatchObject({ 'account.known': true })
    }
    expect(server.asked.length).toBe(1 + bad.length)
  })

  it('that were never there make every fact unknown, until they are', async () => {
    await source.close()
    server.answer((response) => response.writeHead(503).end())
    source = await create({ kind: 'url', url: `${server.url}/keys`, reach: 'private' })
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
    expect(await read('sk-no-token')).toBe(ACCOUNT_FAILED)
    publish(one)
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
    clock.advance(5_000)
    expect(await read(tokenOf(one))).toMatchObject({ 'account.known': true })
  })
})

describe('what is told of the keys', () => {
  const whats = (): unknown[] => told.map((problem) => problem?.what)

  it('is nothing while they are well', async () => {
    await read(tokenOf(one))
    expect(told).toEqual([])
    expect(source.state(clock.now())).toEqual({ usable: true })
  })

  it('is that they are missing, at the start, and that they came, once each', async () => {
    await source.close()
    server.answer((response) => response.writeHead(503).end())
    source = await create({ kind: 'url', url: `${server.url}/keys?token=secret`, reach: 'private' })
    expect(told).toEqual([
      {
        file: `${server.url}/keys`,
        line: 1,
        col: 1,
        what: 'the key set cannot be read (http 503), so there is no key to verify tokens with',
        instead: 'put a key set (RFC 7517) with a key for ES256 there',
      },
    ])
    expect(source.state(clock.now())).toEqual({ usable: false })
    clock.advance(5_000)
    await read(tokenOf(one))
    expect(told.length).toBe(1)
    publish(one)
    clock.advance(5_000)
    // Whoever asks for the state has the keys looked for too, so that readiness recovers without calls.
    await until('the keys', () => source.state(clock.now()).usable)
    expect(whats().slice(1)).toEqual([undefined])
  })

  it('is why they cannot be renewed, and when they are too old to be used', async () => {
    await server.close()
    clock.advance(11 * MINUTE_MS)
    await read(tokenOf(two))
    clock.advance(24 * 60 * MINUTE_MS)
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
    expect(whats()).toEqual([
      'the key set cannot be read (ECONNREFUSED), so the last good keys stay in use',
      'the key set cannot be read (ECONNREFUSED), so there is no key to verify tokens with',
    ])
    expect(source.state(clock.now())).toEqual({ usable: false })
  })

  it.each([
    ['garbage', 'the key set is not valid JSON'],
    ['{"keys":[]}', 'the key set holds no usable key, or two of one name'],
    [undefined, 'the key set cannot be read (ENOENT)'],
  ])('is what is wrong with a file: %s', async (text, what) => {
    const directory = await mkdtemp(join(tmpdir(), 'stillwatch-jwks-'))
    const file = join(directory, 'keys.json')
    if (text !== undefined) await writeFile(file, text)
    await source.close()
    source = await create({ kind: 'file', file })
    expect(whats()).toEqual([`${what}, so there is no key to verify tokens with`])
    expect(told[0]?.file).toBe(file)
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
    await rm(directory, { recursive: true })
  })
})

describe('keys in a file', () => {
  it('are read again for a token with a new key, and survive a bad file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'stillwatch-jwks-'))
    const file = join(directory, 'keys.json')
    await writeFile(file, JSON.stringify({ keys: [one.jwk] }))
    await source.close()
    source = await create({ kind: 'file', file })
    expect(await read(tokenOf(one))).toMatchObject({ 'account.known': true })
    await writeFile(file, JSON.stringify({ keys: [one.jwk, two.jwk] }))
    clock.advance(MINUTE_MS)
    expect(await read(tokenOf(two))).toMatchObject({ 'account.known': true })
    await writeFile(file, 'garbage')
    clock.advance(30 * 24 * 60 * MINUTE_MS)
    expect(await read(tokenOf(two))).toMatchObject({ 'account.known': true })
    await rm(directory, { recursive: true })
  })
})
