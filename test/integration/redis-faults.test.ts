import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { aRedisStore, claimOn, opened, outcomeOf } from '../support/a-redis-store.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(() => server.admin.flushall())

const connected = async (store: { state(): { connected: boolean } }, is: boolean) =>
  until(`connected: ${is}`, () => store.state().connected === is)

it('fails at once while no server is there, and works by itself when one comes', async () => {
  const store = aRedisStore(addressOf(server.port))
  const ledger = await opened(store)
  await server.kill()
  await connected(store, false)
  const outcomes = await Promise.all([
    outcomeOf(ledger.take([claimOn()])),
    outcomeOf(ledger.hold([])),
    outcomeOf(ledger.open()),
    outcomeOf(store.presence.beat('')),
  ])
  for (const { kind, tookMs } of outcomes) {
    expect(kind).toBe('unreachable')
    expect(tookMs).toBeLessThan(40)
  }
  expect(store.state().trouble).toMatch(/ECONNREFUSED|closed|connect/)
  await server.restart()
  await connected(store, true)
  expect((await outcomeOf(ledger.take([claimOn()]))).kind).toBe('forgotten')
  await ledger.open()
  expect((await ledger.take([claimOn()])).admitted).toBe(true)
})

it('leaves open what became of a request whose server was killed under it', async () => {
  const ledger = await opened(aRedisStore(addressOf(server.port, { commandTimeoutMs: 5_000 })))
  server.freeze()
  const outcome = outcomeOf(ledger.take([claimOn()]))
  await new Promise((resolve) => setImmediate(resolve))
  await server.kill()
  expect((await outcome).kind).toBe('timeout')
  await server.restart()
})

it('waits no longer than its deadline for a frozen server, which later carries out nothing', async () => {
  const store = aRedisStore(addressOf(server.port, { commandTimeoutMs: 50 }))
  const ledger = await opened(store)
  await ledger.take([claimOn()])
  server.freeze()
  onTestFinished(() => server.thaw())
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => outcomeOf(ledger.take([claimOn()]))),
  )
  for (const { kind, tookMs } of outcomes) {
    expect(kind).toBe('timeout')
    expect(tookMs).toBeGreaterThan(45)
    // The deadline is 50 ms; the rest is what a busy test machine adds.
    expect(tookMs).toBeLessThan(150)
  }
  // A deadline is kept to a millisecond or two: two clocks are compared.
  const endMs = performance.now() + 10
  await until('the deadline to be over', () => performance.now() > endMs)
  server.thaw()
  await connected(store, true)
  expect((await ledger.read([claimOn()])).readings[0]?.used).toBe(1)
})

it('gives up a frozen socket for a new one, and returns by itself', async () => {
  const store = aRedisStore(addressOf(server.port))
  const ledger = await opened(store)
  server.freeze()
  onTestFinished(() => server.thaw())
  await outcomeOf(ledger.take([claimOn()]))
  await connected(store, false)
  server.thaw()
  await connected(store, true)
  expect((await ledger.take([claimOn()])).admitted).toBe(true)
})

it('sends a script again that the server forgot', async () => {
  const ledger = await opened(aRedisStore(addressOf(server.port)))
  await ledger.take([claimOn()])
  await server.admin.script('FLUSH')
  expect((await ledger.take([claimOn()])).readings[0]?.used).toBe(1)
})

it('is refused by a server that became read-only, and looks for the one that is not', async () => {
  const store = aRedisStore(addressOf(server.port))
  const ledger = await opened(store)
  await server.admin.config('SET', 'replica-serve-stale-data', 'yes')
  await server.admin.replicaof('127.0.0.1', '1')
  onTestFinished(async () => void (await server.admin.replicaof('NO', 'ONE')))
  expect((await outcomeOf(ledger.take([claimOn()]))).kind).toBe('refused')
  await server.admin.replicaof('NO', 'ONE')
  await until(
    'charges again',
    async () => (await outcomeOf(ledger.take([claimOn()]))).kind === 'done',
  )
})

it('is refused by a full server, charges nothing then, and says beforehand what to set', async () => {
  const store = aRedisStore(addressOf(server.port))
  const ledger = await opened(store)
  const claims = [claimOn(), claimOn({ lo: 2 })]
  await ledger.take(claims)
  await server.admin.config('SET', 'maxmemory', '1')
  onTestFinished(async () => void (await server.admin.config('SET', 'maxmemory', '0')))
  expect((await outcomeOf(ledger.take(claims))).kind).toBe('refused')
  await server.admin.config('SET', 'maxmemory', '0')
  expect((await ledger.read(claims)).readings.map(({ used }) => used)).toEqual([1, 1])
})
