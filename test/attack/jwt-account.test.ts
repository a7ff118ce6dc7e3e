import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import { CLAIM_MAP } from '../../src/signals/account-claims.ts'
import { createAccountJwt, type AccountJwtOptions } from '../../src/signals/account-jwt.ts'
import type { AccountSource } from '../../src/signals/account-source.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { ecKey, part, rsaKey, signEs256, signHs256, signRs256 } from '../support/jwt-forge.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const NOW_S = NOW_MS / 1000
const ISSUER = 'https://issuer.example/'
const SECRET = 'a shared secret of at least 32 bytes, really'

const issuerKey = rsaKey('key-1')
const issuerEc = ecKey('key-2')
const attackerKey = rsaKey('key-1')
const claims = { iss: ISSUER, aud: 'guard', sub: 'user-1', exp: NOW_S + 300, plan: 'pro' }
const header = { alg: 'RS256', kid: 'key-1', typ: 'JWT' }
const genuine = signRs256(header, claims, issuerKey.privateKey)

const base: AccountJwtOptions = {
  issuer: ISSUER,
  audiences: ['guard', 'guard-eu'],
  algorithms: ['RS256', 'ES256'],
  keys: { kind: 'inline', jwks: { keys: [issuerKey.jwk, issuerEc.jwk] } },
  claims: CLAIM_MAP.parse({ 'account.plan': 'plan' }),
  nowMs: NOW_MS,
  ...accountTools,
}
let source: AccountSource
let credentials = 0

/** Reads a token as a caller never seen before. */
const read = async (token: string, atMs = NOW_MS, asked = source): Promise<Findings> =>
  asked.read(
    aCall({
      atMs,
      credential: { id: `c${credentials++}`, secret: token, carrier: 'authorization' },
    }),
    new Facts(),
  )
const signed = (claimChanges: object, headerChanges: object = {}): string =>
  signRs256({ ...header, ...headerChanges }, { ...claims, ...claimChanges }, issuerKey.privateKey)

beforeAll(async () => {
  source = await createAccountJwt(base)
})
afterAll(() => source.close())

describe('a genuine token', () => {
  it('is an account: its subject', async () => {
    expect(await read(genuine)).toMatchObject({
      'account.known': true,
      'account.id': 'user-1',
      'account.plan': 'pro',
    })
    const es256 = signEs256({ alg: 'ES256', kid: 'key-2' }, claims, issuerEc.privateKey)
    expect(await read(es256)).toMatchObject({ 'account.id': 'user-1' })
    const forUs = signed({ aud: ['other', 'guard-eu'] }, { typ: 'at+JWT', x5t: 'abc' })
    expect(await read(forUs)).toMatchObject({ 'account.known': true })
  })

  it('is verified once and then answered at once, until it runs out', async () => {
    const credential = { id: 'same', secret: genuine, carrier: 'authorization' }
    const at = (atMs: number) => source.read(aCall({ atMs, credential }), new Facts())
    expect(at(NOW_MS)).toBeInstanceOf(Promise)
    await at(NOW_MS)
    expect(at(NOW_MS)).toMatchObject({ 'account.id': 'user-1' })
    expect(at(NOW_MS + 304_999)).toMatchObject({ 'account.id': 'user-1' })
    expect(at(NOW_MS + 305_000)).toBe(NO_ACCOUNT)
    expect(source.lookup('user-1', NOW_MS)).toMatchObject({ 'account.plan': 'pro' })
  })
})

describe('a forged token', () => {
  const publicPem = issuerKey.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const publicDer = issuerKey.publicKey.export({ type: 'spki', format: 'der' })
  const [genuineHead = '', genuineBody = '', genuineSignature = ''] = genuine.split('.')
  const victim = { ...claims, sub: 'victim' }
  const byAttacker = (changes: object): string =>
    signRs256({ ...header, ...changes }, victim, attackerKey.privateKey)
  const url = 'https://attacker.example/keys'

  const forgeries: readonly (readonly [string, string])[] = [
    ['that claims to need no signature', `${part({ alg: 'none' })}.${part(victim)}.`],
    ['with alg nOnE', `${part({ ...header, alg: 'nOnE' })}.${part(victim)}.${genuineSignature}`],
    ['with an empty alg', `${part({ ...header, alg: '' })}.${part(victim)}.${genuineSignature}`],
    ['without an alg', `${part({ kid: 'key-1' })}.${part(victim)}.${genuineSignature}`],
    ['with an alg that is a list', `${part({ ...header, alg: ['RS256'] })}.${part(victim)}.AA`],
    [
      'signed with the public key as a secret',
      signHs256({ ...header, alg: 'HS256' }, victim, publicPem),
    ],
    ['the same in DER', signHs256({ ...header, alg: 'HS256' }, victim, publicDer)],
    ['that says RS256 over an HMAC', signHs256(header, victim, publicPem)],
    ['signed with an empty secret', signHs256({ alg: 'HS256' }, victim, '')],
    ['by another key of the same name', byAttacker({})],
    ['that brings its own key', byAttacker({ jwk: attackerKey.jwk })],
    ['that says where its key is', byAttacker({ jku: url })],
    ['that names a certificate', byAttacker({ x5u: url })],
    ['that brings a certificate', byAttacker({ x5c: ['MIIB'] })],
    ['with a kid that is a path', byAttacker({ kid: '../../dev/null' })],
    ['with a kid that is a query', byAttacker({ kid: "key-1' OR '1'='1" })],
    ['with a kid that is no string', byAttacker({ kid: 1 })],
    ['with a kid of a prototype', byAttacker({ kid: '__proto__' })],
    ['with an empty kid', byAttacker({ kid: '' })],
    ['with critical extensions', signed({ sub: 'victim' }, { crit: ['exp'], exp: 1 })],
    ['with an unencoded payload', signed({ sub: 'victim' }, { b64: false, crit: ['b64'] })],
    ['that is compressed', signed({ sub: 'victim' }, { zip: 'DEF' })],
    ['of another type', signed({ sub: 'victim' }, { typ: 'secevent+jwt' })],
    ['with the claims of another', `${genuineHead}.${part(victim)}.${genuineSignature}`],
    ['without its signature', `${genuineHead}.${genuineBody}.`],
    ['cut before its signature', `${genuineHead}.${genuineBody}`],
    ['with a signature of zeros', `${genuineHead}.${genuineBody}.${'A'.repeat(342)}`],
    [
      'on the wrong curve key',
      signRs256({ ...header, kid: 'key-2' }, victim, issuerKey.privateKey),
    ],
    [
      'ES256 with a signature of zeros',
      `${part({ alg: 'ES256', kid: 'key-2' })}.${part(victim)}.${'A'.repeat(86)}`,
    ],
    [
      'with alg ES256 and the RSA key',
      signRs256({ alg: 'ES256', kid: 'key-1' }, victim, issuerKey.privateKey),
    ],
    [
      'PS256, which is not on the list',
      `${part({ ...header, alg: 'PS256' })}.${part(victim)}.${genuineSignature}`,
    ],
    [
      'wrapped in another token',
      signRs256({ ...header, cty: 'JWT' }, Buffer.from(genuine), issuerKey.privateKey),
    ],
    [
      'in JSON form',
      JSON.stringify({ protected: genuineHead, payload: genuineBody, signature: genuineSignature }),
    ],
    ['of five parts', `${genuine}.AA.AA`],
    [
      'with a header that is doubled',
      `${part(Buffer.from('{"alg":"none","alg":"RS256","kid":"key-1"}'))}.${genuineBody}.${genuineSignature}`,
    ],
    ['of claims that are a list', signRs256(header, [claims], issuerKey.privateKey)],
    ['of nothing', '..'],
    ['over 8 KiB', signed({ pad: 'x'.repeat(8_192) })],
    ['that is a key', 'sk-live-1234'],
    ['that is empty', ''],
  ]

  it.each(forgeries)('%s is no account', async (_label, token) => {
    expect(await read(token)).toBe(NO_ACCOUNT)
  })

  it('is refused again without verifying it again', async () => {
    const credential = { id: 'forged', secret: byAttacker({}), carrier: 'authorization' }
    const call = aCall({ atMs: NOW_MS, credential })
    expect(await source.read(call, new Facts())).toBe(NO_ACCOUNT)
    expect(source.read(call, new Facts())).toBe(NO_ACCOUNT)
  })
})

describe('a token that is signed but not for us, or not now', () => {
  it.each([
    ['another issuer', { iss: 'https://issuer.example' }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'other' }],
    ['an audience in capitals', { aud: 'GUARD' }],
    ['no audience', { aud: undefined }],
    ['an empty list of audiences', { aud: [] }],
    ['no end', { exp: undefined }],
    ['an end in words', { exp: String(NOW_S + 300) }],
    ['an end that is past', { exp: NOW_S - 6 }],
    ['an end that is no number', { exp: null }],
    ['a beginning that is still to come', { nbf: NOW_S + 6 }],
    ['a beginning in words', { nbf: '0' }],
    ['no subject', { sub: undefined }],
    ['a subject that is no text', { sub: 7 }],
    ['a subject with a line break', { sub: 'a\nb' }],
  ])('with %s is no account', async (_label, changes) => {
    expect(await read(signed(changes))).toBe(NO_ACCOUNT)
  })

  it('is taken within the tolerance of clocks', async () => {
    expect(await read(signed({ exp: NOW_S - 4, nbf: NOW_S + 4 }))).toMatchObject({
      'account.known': true,
    })
  })
})

describe('the spellings of one token', () => {
  const [head = '', body = '', signature = ''] = genuine.split('.')
  const last = signature.at(-1) ?? ''
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spellings = [
    `${genuine}=`,
    `${genuine}==`,
    ` ${genuine}`,
    `${genuine} `,
    `${genuine}\n`,
    `${head}.${body}.${signature.slice(0, 9)}\n${signature.slice(9)}`,
    `${head}.${body}.${signature.slice(0, 9)} ${signature.slice(9)}`,
    `${head}=.${body}.${signature}`,
    `${head}.${body}.${signature.slice(0, -1)}${alphabet[alphabet.indexOf(last) + 1] ?? 'A'}`,
    `${head}.${body}.${signature}!`,
    `${head}.${body}.${signature}\u00e9`,
    `${head}.${body}.${Buffer.from(signature, 'base64url').toString('base64').replace(/=*$/, '=')}`,
    genuine.toUpperCase(),
    `Bearer ${genuine}`,
    `${genuine}.`,
    `.${genuine}`,
  ]

  it.each(spellings.map((token) => [JSON.stringify(token.slice(-20)), token]))(
    'that differ from it (…%s) are no account',
    async (_label, token) => {
      expect(await read(token)).toBe(NO_ACCOUNT)
    },
  )

  it('and its successors are one account', async () => {
    const later = signed({ jti: 'another', iat: NOW_S })
    expect((await read(later))['account.id']).toBe((await read(genuine))['account.id'])
  })
})

const create = (changes: Partial<AccountJwtOptions>) => createAccountJwt({ ...base, ...changes })
const keysOf = (...keys: unknown[]): AccountJwtOptions['keys'] => ({
  kind: 'inline',
  jwks: { keys },
})
const secret = (bytes: number) => ({
  kty: 'oct',
  k: Buffer.alloc(bytes, 7).toString('base64url'),
})

describe('settings that cannot be safe', () => {
  it('are refused at the start', async () => {
    await expect(create({ algorithms: [] })).rejects.toThrow()
    await expect(create({ audiences: [] })).rejects.toThrow()
    await expect(create({ issuer: '' })).rejects.toThrow()
    await expect(create({ algorithms: ['RS256', 'HS256'] })).rejects.toThrow(/mixed/)
    await expect(
      create({
        algorithms: ['HS256'],
        keys: { kind: 'url', url: 'https://issuer.example/keys', reach: 'public' },
      }),
    ).rejects.toThrow(/fetched/)
    await expect(
      create({ keys: { kind: 'url', url: 'http://issuer.example/keys', reach: 'public' } }),
    ).rejects.toThrow(/https/)
    await expect(create({ keys: keysOf() })).rejects.toThrow(/usable/)
    await expect(create({ keys: keysOf(issuerKey.jwk, attackerKey.jwk) })).rejects.toThrow(/usable/)
    await expect(create({ keys: keysOf({ ...issuerKey.jwk, use: 'enc' }) })).rejects.toThrow()
    await expect(create({ keys: keysOf(rsaKey('weak', 1024).jwk) })).rejects.toThrow(/usable/)
  })

  it('include a private key, a secret that is too short, and a key of another kind', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const privateJwk = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'k' }
    await expect(create({ keys: keysOf(privateJwk) })).rejects.toThrow(/usable/)
    const hs256 = (keys: AccountJwtOptions['keys']) => create({ algorithms: ['HS256'], keys })
    await expect(hs256(keysOf(secret(31)))).rejects.toThrow(/usable/)
    await expect(hs256(keysOf(issuerKey.jwk))).rejects.toThrow(/usable/)
    await expect(create({ keys: keysOf(secret(64)) })).rejects.toThrow(/usable/)
  })

  it('leave shared secrets usable on their own', async () => {
    const k = Buffer.from(SECRET).toString('base64url')
    const shared = await create({ algorithms: ['HS256'], keys: keysOf({ kty: 'oct', k }) })
    const token = signHs256({ alg: 'HS256' }, claims, SECRET)
    expect(await read(token, NOW_MS, shared)).toMatchObject({ 'account.id': 'user-1' })
    const named = signHs256({ alg: 'HS256', kid: 'any' }, claims, SECRET)
    expect(await read(named, NOW_MS, shared)).toBe(NO_ACCOUNT)
    expect(await read(genuine, NOW_MS, shared)).toBe(NO_ACCOUNT)
  })
})
