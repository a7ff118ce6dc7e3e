import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { CLAIM_MAP } from '../../src/signals/account-claims.ts'
import { ACCOUNT_FAILED, NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import { createAccountJwt } from '../../src/signals/account-jwt.ts'
import type { KeyOrigin } from '../../src/signals/account-jwt-ring.ts'
import type { AccountSource } from '../../src/signals/account-source.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { createFakeClock } from '../support/clock.ts'
import { ecKey, signEs256, type IssuerKey } from '../support/jwt-forge.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'

const MINUTE_MS = 60_000
const clock = createFakeClock()
const one = ecKey('one')
const two = ecKey('two')
let server: LoopbackServer
let source: AccountSource
let tokens = 0

const create = (keys: KeyOrigin): Promise<AccountSource> =>
  createAccountJwt({
    issuer: 'https://issuer.example',
    audiences: ['guard'],
    algorithms: ['ES256'],
    keys,
    claims: CLAIM_MAP.parse({}),
    nowMs: clock.now(),
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
    publish(one)
    expect(await read(tokenOf(one))).toBe(ACCOUNT_FAILED)
    clock.advance(5_000)
    expect(await read(tokenOf(one))).toMatchObject({ 'account.known': true })
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
