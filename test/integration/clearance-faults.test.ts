import { expect, it, onTestFinished } from 'vitest'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { createPosturedLedger } from '../../src/challenges/posture.ts'
import type { Clearance } from '../../src/core/challenge.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { aClearance } from '../support/a-clearance.ts'
import { startLyingRedis } from '../support/lying-redis.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { connectClearances } from '../support/redis-clearances.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const DAY_MS = 86_400_000
const clock = { now: () => Date.now() }
const soon = (): number => Date.now() + 60_000

const aServer = async (): Promise<RedisServer> => {
  const server = await startRedis()
  onTestFinished(() => server.stop())
  return server
}
const connect = async (address: RedisAddress, rootKey?: Uint8Array) => {
  const replica = await connectClearances(address, rootKey)
  onTestFinished(() => replica.connection.close())
  return replica.ledger
}
const followsFrom = ({ id, expiresMs, bound, kind, subject }: Clearance) => ({
  id,
  expiresMs,
  bound,
  kind,
  subject,
})
const onlyKey = async ({ admin }: RedisServer): Promise<string> => {
  const keys = await admin.keys('*')
  expect(keys).toHaveLength(1)
  return keys[0] ?? ''
}

it('rejects while Redis is gone and claims again once it is back, without saying spent', async () => {
  const server = await aServer()
  const ledger = await connect(addressOf(server.port, { commandTimeoutMs: 300 }))
  expect(await ledger.claim(aClearance(), soon())).toBe('claimed')
  await server.kill()
  const lost = aClearance({ subject: 'a:lost' })
  const problem: unknown = await ledger.claim(lost, soon()).catch((error: unknown) => error)
  expect(problem).toBeInstanceOf(LedgerFailure)
  await expect(ledger.of('a:lost')).rejects.toBeInstanceOf(LedgerFailure)
  await expect(ledger.put(lost)).rejects.toBeInstanceOf(LedgerFailure)
  await expect(ledger.load()).rejects.toBeInstanceOf(LedgerFailure)
  await server.restart()
  const outcome = await until('Redis to be asked again', () =>
    ledger.claim(lost, soon()).catch(() => false),
  )
  expect(outcome).toBe('claimed')
})

it('answers no claim with claimed twice where Redis is killed in the middle of them', async () => {
  const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  onTestFinished(() => server.stop())
  const ledgers = await Promise.all(
    [1, 2, 3].map(() => connect(addressOf(server.port, { commandTimeoutMs: 300 }))),
  )
  const clearances = Array.from({ length: 200 }, (_, at) => aClearance({ subject: `a:${at}` }))
  const claimed = new Map<string, number>()
  let settled = 0
  let failed = 0
  const rush = ledgers.map(async (ledger) => {
    for (const clearance of clearances) {
      const outcome = await until('an outcome', () =>
        ledger.claim(clearance, soon()).catch(() => {
          failed++
          return false as const
        }),
      )
      settled++
      if (outcome === 'claimed') claimed.set(clearance.id, (claimed.get(clearance.id) ?? 0) + 1)
    }
  })
  await until('some claims', () => settled > 20)
  await server.kill()
  await server.restart()
  await Promise.all(rush)
  expect(failed).toBeGreaterThan(0)
  expect([...claimed.values()].filter((times) => times !== 1)).toEqual([])
  const [ledger] = ledgers
  for (const clearance of clearances) {
    const found = (await ledger?.of(clearance.subject)) ?? []
    expect(found.map(({ id }) => id)).toEqual([clearance.id])
  }
})

it('grants the same clearance again where a failover has lost the first grant', async () => {
  const fleet = await startSentinel()
  onTestFinished(() => fleet.stop())
  const ledger = await connect({ ...fleet.address, commandTimeoutMs: 300 })
  const clearance = aClearance({ kind: 'human', bound: { network: 'net', asn: 64_500 } })
  // Nothing reaches the replica from here on.
  fleet.replica.freeze()
  await fleet.primary.admin.call('CLIENT', 'KILL', 'TYPE', 'replica')
  expect(await ledger.claim(clearance, soon())).toBe('claimed')
  const [first] = await ledger.of(clearance.subject)
  await fleet.primary.kill()
  fleet.replica.thaw()

  const again = { ...clearance, atMs: clearance.atMs + 5_000 }
  const outcome = await until(
    'a new primary',
    () => ledger.claim(again, soon()).catch(() => false),
    20_000,
  )
  expect(outcome).toBe('claimed')
  const [second] = await ledger.of(clearance.subject)
  expect(first && second && followsFrom(second)).toStrictEqual(first && followsFrom(first))
  expect(first).toBeDefined()
  expect(await ledger.claim(again, soon())).toBe('spent')
})

it('says closed or insured to what is claimed while Redis is gone, and tells it once it is back', async () => {
  const server = await aServer()
  const address = addressOf(server.port, { commandTimeoutMs: 300 })
  const table = createClearanceTable()
  const parts = { ledger: await connect(address), table, clock, retryMs: 20 }
  const closed = createPosturedLedger({ ...parts, posture: 'closed' })
  const insured = createPosturedLedger({ ...parts, posture: 'insured' })
  onTestFinished(() => insured.close())
  await server.kill()

  const clearance = aClearance()
  await expect(closed.claim(clearance, soon())).rejects.toBeInstanceOf(LedgerFailure)
  expect(table.of(clearance.subject, clock.now())).toEqual([])
  expect(await insured.claim(clearance, soon())).toBe('claimed')
  expect(await insured.claim(clearance, soon())).toBe('spent')
  expect(table.of(clearance.subject, clock.now())).toEqual([clearance])
  expect(insured.owed()).toBe(1)

  await server.restart()
  await until('nothing owed', () => insured.owed() === 0)
  const other = await connect(address)
  expect(await other.of(clearance.subject)).toEqual([clearance])
  expect(await other.claim(clearance, soon())).toBe('spent')
})

it('gives every key a lifetime that ends with its last clearance and is never shortened', async () => {
  const server = await aServer()
  const ledger = await connect(addressOf(server.port))
  const atMs = Date.now()
  await ledger.claim(aClearance({ atMs, expiresMs: atMs + 5_000_000 }), soon())
  const key = await onlyKey(server)
  // Redis reads its clock again after the script has: a little later, never sooner.
  const minutesAfter = async (ms: number): Promise<number> => {
    const lateMs = Number(await server.admin.call('PEXPIRETIME', key)) - (atMs + ms)
    return Math.floor(lateMs / 60_000)
  }
  expect(await minutesAfter(5_000_000)).toBe(0)
  await ledger.claim(aClearance({ atMs, expiresMs: atMs + 1_000_000 }), soon())
  expect(await minutesAfter(5_000_000)).toBe(0)
  await ledger.put(aClearance({ atMs, expiresMs: atMs + 9_000_000 }))
  expect(await minutesAfter(9_000_000)).toBe(0)
  await ledger.put(aClearance({ atMs, expiresMs: 1e14 }))
  expect(await minutesAfter(400 * DAY_MS)).toBe(0)
})

it('removes something else that stands under its key', async () => {
  const server = await aServer()
  const { admin } = server
  const ledger = await connect(addressOf(server.port))
  const clearance = aClearance()
  await ledger.claim(clearance, soon())
  const key = await onlyKey(server)
  for (const put of [
    () => admin.set(key, 'text'),
    () => admin.lpush(key, 'a', 'b'),
    () => admin.zadd(key, 1, clearance.id),
    () => admin.hset(key, Object.fromEntries(Array.from({ length: 1_500 }, (_, at) => [at, at]))),
  ]) {
    await admin.del(key)
    await put()
    expect(await ledger.of(clearance.subject)).toEqual([])
    expect(await ledger.claim(clearance, soon())).toBe('claimed')
    expect(await ledger.of(clearance.subject)).toEqual([clearance])
  }
})

it('believes nothing that another installation, or nobody, has written', async () => {
  const server = await aServer()
  const { admin } = server
  const ledger = await connect(addressOf(server.port))
  const clearance = aClearance()
  await ledger.claim(clearance, soon())
  const key = await onlyKey(server)
  const value = (await admin.hget(key, clearance.id)) ?? ''
  const flip = (at: number): string =>
    value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
  const junk = ['', 'x', 'x'.repeat(5_000), `${'A'.repeat(22)}9999999999999;[]`, value.slice(1)]
  for (const forged of [...junk, ...[0, 10, 21, 22, 40, value.length - 1].map(flip)]) {
    await admin.hset(key, clearance.id, forged)
    expect(await ledger.of(clearance.subject)).toEqual([])
    // It keeps nobody from what is theirs.
    expect(await ledger.claim(clearance, soon())).toBe('claimed')
    expect(await ledger.claim(clearance, soon())).toBe('spent')
  }
  // A true value in another place is none.
  const other = aClearance({ id: 'B'.repeat(22) })
  await admin.hset(key, other.id, value)
  await admin.hset(key, 'no id', value)
  expect(await ledger.of(clearance.subject)).toEqual([clearance])
  expect(await ledger.claim(other, soon())).toBe('claimed')
  expect(ledger.junk()).toBeGreaterThan(20)

  const stranger = await connect(addressOf(server.port), new Uint8Array(32).fill(8))
  expect(await stranger.of(clearance.subject)).toEqual([])
  expect(await stranger.load()).toEqual([])
  expect(await stranger.claim(clearance, soon())).toBe('claimed')
})

it('is not kept from its subject by fields that are none of ours', async () => {
  const server = await aServer()
  const ledger = await connect(addressOf(server.port))
  const clearance = aClearance()
  await ledger.claim(clearance, soon())
  const key = await onlyKey(server)
  const names = new Map(Array.from({ length: 300 }, (_, at) => [`junk-${at}`, `value-${at}`]))
  await server.admin.hset(key, names)
  expect(await ledger.claim(aClearance(), soon())).toBe('claimed')
  expect(await server.admin.hlen(key)).toBe(2)
})

it('calls answers that are none nonsense', async () => {
  const lying = await startLyingRedis()
  onTestFinished(() => lying.stop())
  const ledger = await connect(addressOf(lying.port, { commandTimeoutMs: 300 }))
  const kinds = new Set<unknown>()
  for (const words of [
    '*0\r\n',
    ':1\r\n',
    '+claimed\r\n',
    '*1\r\n$7\r\nclaimed\r\n',
    '*2\r\n$7\r\nclaimed\r\n$3\r\nabc\r\n',
    '*2\r\n$4\r\ngood\r\n$13\r\n1776816000000\r\n',
    '*2\r\n$5\r\nspent\r\n$13\r\n1776816000000\r\n',
    '*3\r\n$5\r\nspent\r\n$13\r\n1776816000000\r\n$1\r\nx\r\n',
    '*2\r\n:1\r\n:2\r\n',
    '-ERR no\r\n',
    undefined,
  ]) {
    lying.say(words)
    const answer: unknown = await until('a connection', () =>
      ledger.claim(aClearance(), soon()).catch((error: unknown) => {
        const isUnreachable = error instanceof LedgerFailure && error.kind === 'unreachable'
        return isUnreachable ? false : error
      }),
    )
    expect(answer).toBeInstanceOf(LedgerFailure)
    kinds.add(answer instanceof LedgerFailure ? answer.kind : answer)
  }
  expect(kinds).toEqual(new Set(['nonsense', 'refused', 'timeout']))
})

it('finds everything that stands there for a process that starts, on every node of a cluster', async () => {
  const cluster = await startCluster()
  onTestFinished(() => cluster.stop())
  const ledger = await connect(cluster.address)
  const clearances = Array.from({ length: 90 }, (_, at) => aClearance({ subject: `a:${at % 30}` }))
  for (const clearance of clearances) await ledger.claim(clearance, soon())
  for (const { admin } of cluster.nodes) expect(await admin.dbsize()).toBeGreaterThan(0)
  const fresh = await connect(cluster.address)
  const ids = (some: readonly Clearance[]): string[] => some.map(({ id }) => id).toSorted()
  expect(ids(await fresh.load())).toEqual(ids(clearances))
  expect(await fresh.load(10)).toHaveLength(10)
})

it('works for a user that may do no more than it needs on its own keys', async () => {
  const server = await aServer()
  await server.admin.acl(
    'SETUSER',
    'guard',
    'on',
    '>secret-word',
    '~test:*',
    '-@all',
    ...'+evalsha +eval +hello +auth +ping +info +client +time +pexpire +type'.split(' '),
    ...'+hset +hget +hgetall +hdel +hlen +unlink +scan'.split(' '),
  )
  const { admin } = server
  const address = addressOf(server.port, { username: 'guard', password: 'secret-word' })
  const ledger = await connect(address)
  const clearance = aClearance()
  expect(await ledger.claim(clearance, soon())).toBe('claimed')
  await ledger.put({ ...clearance, state: 'revoked' })
  expect(await ledger.load()).toMatchObject([{ state: 'revoked' }])
  const key = await onlyKey(server)
  await admin.del(key)
  await admin.set(key, 'text')
  expect(await ledger.claim(clearance, soon())).toBe('claimed')
  await admin.acl('SETUSER', 'guard', '-hlen')
  await expect(ledger.claim(aClearance(), soon())).rejects.toMatchObject({ kind: 'refused' })
})
