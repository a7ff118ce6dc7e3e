import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts, type Findings } from '../../src/core/facts.ts'
import { ACCOUNT_FAILED, NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import {
  createAccountHttp,
  type AccountHttpOptions,
  type AccountHttpSource,
} from '../../src/signals/account-http.ts'
import type { Trouble } from '../../src/signals/account-trouble.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { createFakeClock } from '../support/clock.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'
import { until } from '../support/wait.ts'

const TTL_MS = 60_000
const STALE_MS = 3_600_000

let server: LoopbackServer
let source: AccountHttpSource
const clock = createFakeClock()

const create = (changes: Partial<AccountHttpOptions> = {}): AccountHttpSource =>
  createAccountHttp({
    url: `${server.url}/accounts?v=1`,
    method: 'POST',
    reach: 'private',
    // Loopback on a busy machine; tests of time-outs set their own.
    timeoutMs: 5_000,
    clock,
    ...accountTools,
    ...changes,
  })
const callOf = (secret = 'sk-a', network = '203.0.113.0/24') =>
  aCall({
    atMs: clock.now(),
    caller: { address: '203.0.113.7', network },
    credential: { id: `id ${secret}`, secret, carrier: 'authorization' },
  })
const read = (secret?: string): Findings | Promise<Findings> =>
  source.read(callOf(secret), new Facts())
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const answerPlan = (plan: string): void =>
  server.answer((response) => response.end(JSON.stringify({ id: 'acct_1', account: { plan } })))

beforeEach(async () => {
  server = await startLoopbackServer()
  source = create()
})
afterEach(async () => {
  await source.close()
  await server.close()
})

describe('an account service over HTTP', () => {
  it('is asked by the hash of the credential and never told the secret', async () => {
    answerPlan('pro')
    expect(await read()).toMatchObject({ 'account.id': 'acct_1', 'account.plan': 'pro' })
    expect(server.asked).toEqual([
      { url: '/accounts?v=1', body: JSON.stringify({ credential: `sha256:${sha256('sk-a')}` }) },
    ])
  })

  it('may be asked by GET, with headers of its own', async () => {
    await source.close()
    source = create({
      url: `${server.url}/by/{credential}?again={credential}`,
      method: 'GET',
      headers: { authorization: 'Bearer ours' },
    })
    let authorization: string | undefined
    server.answer((response, request) => {
      authorization = request.headers.authorization
      response.end('{"id":"acct_1"}')
    })
    await read()
    expect(server.asked[0]?.url).toBe(`/by/${sha256('sk-a')}?again=${sha256('sk-a')}`)
    expect(authorization).toBe('Bearer ours')
  })

  it('is asked once by many calls at a time and then not again, at once', async () => {
    answerPlan('pro')
    const answers = await Promise.all(Array.from({ length: 50 }, async () => read()))
    expect(new Set(answers.map((found) => found['account.plan']))).toEqual(new Set(['pro']))
    expect(read()).not.toBeInstanceOf(Promise)
    expect(server.asked.length).toBe(1)
  })

  it('is asked again before an account in use runs out, and no call waits for it', async () => {
    answerPlan('one')
    await read()
    answerPlan('two')
    clock.advance(TTL_MS * 0.9)
    expect(await read()).toMatchObject({ 'account.plan': 'one' })
    await until('the newer answer', async () => (await read())['account.plan'] === 'two')
    expect(server.asked.length).toBe(2)
  })

  it('is waited for where an account ran out', async () => {
    answerPlan('one')
    await read()
    answerPlan('two')
    clock.advance(TTL_MS)
    expect(await read()).toMatchObject({ 'account.plan': 'two' })
  })

  it('says that there is no account, which is remembered for a while', async () => {
    expect(await read()).toBe(NO_ACCOUNT)
    expect(read()).toBe(NO_ACCOUNT)
    clock.advance(30_000)
    answerPlan('pro')
    expect(await read()).toMatchObject({ 'account.known': true })
  })

  it('takes an account back that it says exists no more', async () => {
    answerPlan('pro')
    await read()
    server.answer((response) => response.writeHead(404).end())
    clock.advance(TTL_MS)
    expect(await read()).toBe(NO_ACCOUNT)
    expect(source.lookup('acct_1', clock.now())).toBeUndefined()
  })

  it('can be looked up by account while it is remembered', async () => {
    answerPlan('pro')
    await read()
    expect(source.lookup('acct_1', clock.now())).toMatchObject({ 'account.plan': 'pro' })
    expect(source.find('acct_1')?.id).toBe('acct_1')
  })
})

describe('an account service that dies', () => {
  it('leaves old answers in use to the hard limit and not a moment longer', async () => {
    answerPlan('pro')
    await read()
    await server.close()
    clock.advance(TTL_MS)
    expect(await read()).toMatchObject({ 'account.plan': 'pro' })
    clock.advance(STALE_MS - TTL_MS - 1)
    expect(await read()).toMatchObject({ 'account.plan': 'pro' })
    clock.advance(1)
    expect(await read()).toBe(ACCOUNT_FAILED)
  })

  it('costs nothing once it is taken for broken, and is found again when it is back', async () => {
    await server.close()
    for (let n = 0; n < 5; n++) expect(await read(`sk-${n}`)).toBe(ACCOUNT_FAILED)
    expect(source.state().open).toBe(true)
    expect(read('sk-9')).toBe(ACCOUNT_FAILED)
    server = await startLoopbackServer(Number(new URL(server.url).port))
    answerPlan('pro')
    expect(read('sk-9')).toBe(ACCOUNT_FAILED)
    clock.advance(1_000)
    expect(await read('sk-9')).toMatchObject({ 'account.plan': 'pro' })
    expect(source.state().open).toBe(false)
  })

  it('is told of once when it goes, with why, and once when it is back', async () => {
    const told: Trouble[] = []
    await source.close()
    source = create({ onTrouble: (trouble) => void told.push(trouble) })
    answerPlan('pro')
    await read('sk-0')
    expect(told).toEqual([])
    await server.close()
    for (let n = 1; n < 20; n++) await read(`sk-${n}`)
    expect(told).toEqual([{ down: true, cause: 'ECONNREFUSED' }])
    server = await startLoopbackServer(Number(new URL(server.url).port))
    answerPlan('pro')
    clock.advance(1_000)
    for (let n = 20; n < 30; n++) await read(`sk-${n}`)
    expect(told.slice(1)).toEqual([{ down: false, cause: 'ECONNREFUSED' }])
  })

  const failures: readonly (readonly [cause: string, answer: (to: ServerResponse) => void])[] = [
    ['http 500', (to) => to.writeHead(500).end()],
    ['timeout', () => {}],
    ['COMPRESSED_ANSWER', (to) => to.writeHead(200, { 'content-encoding': 'gzip' }).end('x')],
  ]
  it.each(failures)('says %s where that is why', async (cause, answer) => {
    const told: Trouble[] = []
    await source.close()
    source = create({ timeoutMs: 100, onTrouble: (trouble) => void told.push(trouble) })
    server.answer(answer)
    expect(await read()).toBe(ACCOUNT_FAILED)
    expect(told).toEqual([{ down: true, cause }])
  })

  it('does not make an answer last longer when the clock is set back', async () => {
    answerPlan('pro')
    await read()
    await server.close()
    clock.advance(-2 * STALE_MS)
    expect(await read()).toBe(ACCOUNT_FAILED)
  })

  it('is asked about a held account once a second at most', async () => {
    answerPlan('pro')
    await read()
    server.answer((response) => response.writeHead(500).end())
    clock.advance(TTL_MS)
    for (let n = 0; n < 20; n++) expect(await read()).toMatchObject({ 'account.plan': 'pro' })
    expect(server.asked.length).toBe(2)
  })
})
