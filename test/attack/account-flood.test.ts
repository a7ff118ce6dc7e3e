import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts } from '../../src/core/facts.ts'
import { CLAIM_MAP } from '../../src/signals/account-claims.ts'
import { createAccountFile } from '../../src/signals/account-file.ts'
import { NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import { createAccountJwt } from '../../src/signals/account-jwt.ts'
import { createAccountSeen } from '../../src/signals/account-seen.ts'
import { aCall } from '../support/a-call.ts'
import { aServedEvent } from '../support/a-served-event.ts'
import { accountTools } from '../support/an-account.ts'
import { ecKey, signEs256 } from '../support/jwt-forge.ts'
import { settledHeapBytes } from '../support/settled-heap.ts'
import { teach } from '../support/teach.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const FLAT_BYTES = 8e6
const facts = new Facts()
let directory: string

const callWith = (secret: string) =>
  aCall({ atMs: NOW_MS, credential: { id: `id ${secret}`, secret, carrier: 'authorization' } })
const madeUp = (): string => `sk-${randomBytes(24).toString('base64url')}`

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stillwatch-flood-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('a flood of made-up credentials', () => {
  it('finds nothing in the accounts file and leaves nothing in memory', async () => {
    const file = join(directory, 'accounts.jsonl')
    await writeFile(file, '{"id":"a","credentials":["sk-real"]}')
    const source = await createAccountFile({ file, ...accountTools })
    const before = settledHeapBytes()
    for (let n = 0; n < 200_000; n++) {
      if (source.read(callWith(madeUp()), facts) !== NO_ACCOUNT) expect.fail()
    }
    expect(settledHeapBytes() - before).toBeLessThan(FLAT_BYTES)
    expect(source.read(callWith('sk-real'), facts)).toMatchObject({ 'account.id': 'a' })
    await source.close()
  })

  it('that the upstream refuses makes no account, no file and no memory', async () => {
    const file = join(directory, 'seen.log')
    const source = await createAccountSeen({ file, flushMs: 5 })
    teach(source, aServedEvent({ credentialId: 'real', atMs: NOW_MS }))
    await source.close()
    const { size } = await stat(file)
    const again = await createAccountSeen({ file, flushMs: 5 })
    const before = settledHeapBytes()
    const refused = { outcome: 'served', upstreamStatus: 401, status: 401 } as const
    for (let n = 0; n < 100_000; n++) {
      teach(again, aServedEvent({ credentialId: madeUp(), changes: refused }))
    }
    expect(settledHeapBytes() - before).toBeLessThan(FLAT_BYTES)
    expect(again.state().accounts).toBe(1)
    await again.close()
    expect((await stat(file)).size).toBe(size)
  })

  it('that are forged tokens is verified one by one and remembered within bounds', async () => {
    const issuer = ecKey('k')
    const attacker = ecKey('k')
    const claims = { iss: 'i', aud: 'guard', exp: NOW_MS / 1000 + 60 }
    const source = await createAccountJwt({
      issuer: 'i',
      audiences: ['guard'],
      algorithms: ['ES256'],
      keys: { kind: 'inline', jwks: { keys: [issuer.jwk] } },
      claims: CLAIM_MAP.parse({}),
      nowMs: NOW_MS,
      maxTokens: 50,
      ...accountTools,
    })
    const header = { alg: 'ES256', kid: 'k' }
    const real = callWith(signEs256(header, { ...claims, sub: 'real' }, issuer.privateKey))
    expect(await source.read(real, facts)).toMatchObject({ 'account.id': 'real' })
    const before = settledHeapBytes()
    for (let n = 0; n < 2_000; n++) {
      const token = signEs256(header, { ...claims, sub: `u${n}` }, attacker.privateKey)
      expect(await source.read(callWith(token), facts)).toBe(NO_ACCOUNT)
    }
    expect(settledHeapBytes() - before).toBeLessThan(FLAT_BYTES)
    // Still remembered: forged ones are kept apart from those that hold.
    expect(source.read(real, facts)).toMatchObject({ 'account.id': 'real' })
    for (let n = 0; n < 20_000; n++) {
      if (source.read(callWith(`ey${madeUp()}.e30.AA`), facts) !== NO_ACCOUNT) expect.fail()
    }
    expect(settledHeapBytes() - before).toBeLessThan(FLAT_BYTES)
    await source.close()
  })
})
