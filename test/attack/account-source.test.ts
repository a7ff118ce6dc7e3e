import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts, UNKNOWN, type Findings } from '../../src/core/facts.ts'
import { ACCOUNT_FAILED, NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import {
  createAccountHttp,
  type AccountHttpOptions,
  type AccountHttpSource,
} from '../../src/signals/account-http.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { createFakeClock } from '../support/clock.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'

const clock = createFakeClock()
let server: LoopbackServer
let source: AccountHttpSource

const create = (changes: Partial<AccountHttpOptions> = {}): AccountHttpSource =>
  createAccountHttp({
    url: `${server.url}/accounts`,
    method: 'POST',
    reach: 'private',
    timeoutMs: 5_000,
    clock,
    ...accountTools,
    ...changes,
  })
const read = (secret = 'sk-a', network = '203.0.113.0/24'): Findings | Promise<Findings> =>
  source.read(
    aCall({
      atMs: clock.now(),
      caller: { address: '203.0.113.7', network },
      credential: { id: `id ${secret}`, secret, carrier: 'authorization' },
    }),
    new Facts(),
  )

beforeEach(async () => {
  server = await startLoopbackServer()
  source = create()
})
afterEach(async () => {
  await source.close()
  await server.close()
})

describe('an account service that lies', () => {
  const good = { id: 'acct_1', payment: { verified: true } }
  const lies: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['no JSON', '<html>welcome</html>'],
    ['null', 'null'],
    ['a list', JSON.stringify([good])],
    ['no id', JSON.stringify({ payment: { verified: true } })],
    ['an unknown key', JSON.stringify({ ...good, is_admin: true })],
    ['wrong types', JSON.stringify({ ...good, payment: { verified: 'yes' } })],
    ['a date in seconds', JSON.stringify({ ...good, created_at: 1_776_816_000 })],
    ['a status of its own', JSON.stringify({ ...good, account: { status: 'vip' } })],
    ['another credential', JSON.stringify({ ...good, credentials: ['sk-b'] })],
    ['a prototype', '{"id":"acct_1","__proto__":{"payment":{"verified":true}}}'],
    ['infinite payments', '{"id":"acct_1","payment":{"settled_usd":1e999}}'],
  ]

  it.each(lies)('with %s makes nobody an account', async (_label, text) => {
    server.answer((response) => response.end(text))
    expect(await read()).toBe(ACCOUNT_FAILED)
    expect(read()).toBe(ACCOUNT_FAILED)
    expect(server.asked.length).toBe(1)
    expect(source.state().open).toBe(false)
  })

  it('about a known account leaves the last true answer in use, and only to its limit', async () => {
    server.answer((response) => response.end(JSON.stringify(good)))
    await read()
    server.answer((response) => response.end('{"id":'))
    for (let n = 0; n < 3; n++) {
      clock.advance(60_000)
      expect(await read()).toMatchObject({ 'payment.verified': true })
    }
    clock.advance(3_600_000)
    expect(await read()).toBe(ACCOUNT_FAILED)
  })

  it('by a redirect is not followed', async () => {
    server.answer((response, request) => {
      if (request.url === '/accounts') {
        response.writeHead(307, { location: `${server.url}/elsewhere` }).end()
      } else response.end(JSON.stringify(good))
    })
    expect(await read()).toBe(ACCOUNT_FAILED)
    expect(server.asked.map(({ url }) => url)).toEqual(['/accounts'])
  })

  it('by a compressed answer is not unpacked', async () => {
    server.answer((response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(good))),
    )
    expect(await read()).toBe(ACCOUNT_FAILED)
  })

  it('with an answer without end is cut off at its limit', async () => {
    let sent = 0
    server.answer((response) => {
      const more = (): void => {
        while (!response.destroyed && sent < 1e9) {
          sent += 65_536
          if (!response.write('x'.repeat(65_536))) break
        }
      }
      response.on('drain', more)
      more()
    })
    expect(await read()).toBe(ACCOUNT_FAILED)
    expect(sent).toBeLessThan(20e6)
  })
})

/** Accepts connections, reads, and answers `head` and nothing more. */
const startMute = async (head: string) => {
  const sockets = new Set<Socket>()
  const mute = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', () => socket.write(head))
  })
  await new Promise<void>((resolve) => {
    mute.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port } = mute.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/accounts`,
    sockets,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => {
        mute.close(resolve)
      })
    },
  }
}

describe('an account service that hangs', () => {
  it.each([
    ['before the head', ''],
    ['inside the head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":"acct_1"'],
  ])('%s is given up in time, and soon not asked at all', async (_label, head) => {
    const mute = await startMute(head)
    const hanging = create({ url: mute.url, timeoutMs: 40 })
    const started = performance.now()
    const ask = (n: number): Findings | Promise<Findings> =>
      hanging.read(
        aCall({
          atMs: clock.now(),
          credential: { id: `id ${n}`, secret: `sk-${n}`, carrier: 'authorization' },
        }),
        new Facts(),
      )
    for (let n = 0; n < 5; n++) expect(await ask(n)).toBe(ACCOUNT_FAILED)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(hanging.state().open).toBe(true)
    for (let n = 0; n < 1_000; n++) expect(ask(n)).toBe(ACCOUNT_FAILED)
    await hanging.close()
    await mute.close()
  })

  it('takes no more than its share of sockets and memory from a flood of credentials', async () => {
    const mute = await startMute('')
    const hanging = create({ url: mute.url, timeoutMs: 2_000, maxInFlight: 32, connections: 4 })
    const answers: (Findings | Promise<Findings>)[] = []
    for (let n = 0; n < 20_000; n++) {
      answers.push(
        hanging.read(
          aCall({
            atMs: clock.now(),
            caller: { address: '203.0.113.7', network: `network ${n % 500}` },
            credential: { id: `id ${n}`, secret: `sk-${n}`, carrier: 'authorization' },
          }),
          new Facts(),
        ),
      )
    }
    expect(hanging.state().inFlight).toBe(32)
    expect(answers.filter((found) => found instanceof Promise).length).toBe(32)
    expect(answers.at(-1)).toBe(ACCOUNT_FAILED)
    expect(mute.sockets.size).toBeLessThanOrEqual(4)
    await hanging.close()
    for (const answer of answers) expect(await answer).toBe(ACCOUNT_FAILED)
    await mute.close()
  })
})

describe('a flood of made-up credentials', () => {
  it('pushes out no account, keeps memory flat, and is answered without asking twice', async () => {
    await source.close()
    source = create({ maxAccounts: 100, maxOthers: 500 })
    server.answer((response) => response.end('{"id":"acct_1"}'))
    expect(await read('sk-real')).toMatchObject({ 'account.known': true })
    server.answer((response) => response.writeHead(404).end())
    for (let n = 0; n < 4_000; n += 8) {
      await Promise.all(Array.from({ length: 8 }, async (_, k) => read(`sk-made-up-${n + k}`)))
    }
    expect(source.state()).toMatchObject({ accounts: 1, others: 500, inFlight: 0, open: false })
    const before = server.asked.length
    expect(read('sk-real')).toMatchObject({ 'account.id': 'acct_1' })
    expect(read('sk-made-up-3999')).toBe(NO_ACCOUNT)
    expect(server.asked.length).toBe(before)
  })

  it('from one network leaves places for the others', async () => {
    await source.close()
    source = create({ maxInFlight: 16 })
    const held: (() => void)[] = []
    server.answer((response) => {
      held.push(() => response.end('{"id":"acct_1"}'))
    })
    for (let n = 0; n < 1_000; n++) void read(`sk-${n}`, 'flood')
    expect(read('sk-next', 'flood')).toBe(ACCOUNT_FAILED)
    const honest = read('sk-honest', 'elsewhere')
    expect(honest).toBeInstanceOf(Promise)
    server.answer((response) => response.end('{"id":"acct_2"}'))
    while (source.state().inFlight > 0) {
      for (const letGo of held.splice(0)) letGo()
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    expect(await honest).toMatchObject({ 'account.known': true })
  })

  it('makes no fact of the account known', () => {
    const facts = new Facts()
    facts.add(ACCOUNT_FAILED)
    expect(facts.toJSON()).toEqual({})
    expect(facts.get('account.known')).toBe(UNKNOWN.failed)
  })
})

describe('an address inside the house', () => {
  it('is not connected to where only the public internet is allowed', async () => {
    expect(() => create({ reach: 'public' })).toThrow(/https/)
    expect(() => create({ reach: 'public', url: 'https://127.0.0.1/x' })).toThrow(/private/)
    // localhost is a name, so only the connection itself can tell where it leads.
    const mute = await startMute('')
    const url = mute.url.replace('http:', 'https:').replace('127.0.0.1', 'localhost')
    const inside = create({ reach: 'public', url })
    expect(await inside.read(aCall({ atMs: clock.now() }), new Facts())).toBe(ACCOUNT_FAILED)
    expect(mute.sockets.size).toBe(0)
    const allowed = create({ reach: 'private', url, timeoutMs: 300 })
    expect(await allowed.read(aCall({ atMs: clock.now() }), new Facts())).toBe(ACCOUNT_FAILED)
    expect(mute.sockets.size).toBe(1)
    await allowed.close()
    await mute.close()
    await inside.close()
  })
})
