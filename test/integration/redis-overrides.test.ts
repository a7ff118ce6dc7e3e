import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { anOverride, ended } from '../support/an-override.ts'
import { createFakeClock } from '../support/clock.ts'
import { connectOverrides, type OverrideReplica } from '../support/redis-overrides.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'

const KEY = 'test:1:ours:overrides'
const clock = createFakeClock()
let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(async () => {
  await server.admin.flushall()
})

const join = async (rootKey?: Uint8Array): Promise<OverrideReplica> => {
  const replica = await connectOverrides(addressOf(server.port), () => clock.now(), rootKey)
  onTestFinished(() => replica.close())
  return replica
}
const verdictOf = ({ table }: OverrideReplica): string | undefined =>
  table.of('account', 'acct_1', clock.now())?.verdict

it('brings what one process has put to those that have heard nothing, and ends likewise', async () => {
  const [one, other] = [await join(), await join()]
  const override = anOverride()
  await one.redis.put(override)
  expect(await other.heal()).toEqual({ news: 1, restored: 0, junk: 0 })
  expect(verdictOf(other)).toBe('deny')
  // Nothing has changed since: nothing is read.
  expect(await other.redis.read((await other.redis.read('')).revision)).not.toHaveProperty(
    'overrides',
  )
  await one.redis.put(ended(override))
  expect(await other.heal()).toMatchObject({ news: 1 })
  expect(verdictOf(other)).toBeUndefined()
  expect(await server.admin.pttl(KEY)).toBeGreaterThan(89 * 86_400_000)
})

it('puts back what a wiped store does not have, and no verdict changes meanwhile', async () => {
  const [one, other] = [await join(), await join()]
  for (const replica of [one, other]) replica.table.take(anOverride({ id: 'x'.repeat(22) }))
  await one.heal()
  await other.heal()
  await server.admin.flushall()
  expect([verdictOf(one), verdictOf(other)]).toEqual(['deny', 'deny'])
  expect(await one.heal()).toEqual({ news: 0, restored: 1, junk: 0 })
  expect(await other.heal()).toEqual({ news: 0, restored: 0, junk: 0 })
  expect((await (await join()).redis.load()).map(({ id }) => id)).toEqual(['x'.repeat(22)])
})

it('does not bring back what was ended by a process that has not heard of it', async () => {
  const [knows, late] = [await join(), await join()]
  const override = anOverride()
  late.table.take(override)
  knows.table.take(ended(override))
  await late.heal()
  await knows.heal()
  await late.heal()
  expect([verdictOf(knows), verdictOf(late)]).toEqual([undefined, undefined])
  const [standing] = await knows.redis.load()
  expect(standing).toEqual(ended(override))
})

it('takes nothing that this installation did not write in that very place', async () => {
  const [ours, foreign] = [await join(), await join(new Uint8Array(32).fill(9))]
  const [override, other] = [anOverride({ verdict: 'allow' }), anOverride({ name: 'other' })]
  await foreign.redis.put(override)
  await ours.redis.put(other)
  const [value = ''] = await server.admin.hmget(KEY, other.id).then((all) => all.map(String))
  // A sealed value under the id of another one, and plain nonsense.
  await server.admin.hset(KEY, anOverride().id, value, 'strange', 'x'.repeat(20_000), 'rev', 'new')
  expect(await ours.heal()).toEqual({ news: 1, restored: 0, junk: 3 })
  expect(verdictOf(ours)).toBeUndefined()
  expect((await server.admin.hkeys(KEY)).toSorted()).toEqual([other.id, 'rev'].toSorted())
})

it('sees through a revision that was put back by hand, some looks later', async () => {
  const [one, other] = [await join(), await join()]
  await one.redis.put(anOverride({ name: 'first' }))
  await other.heal()
  const before = await server.admin.hget(KEY, 'rev')
  await one.redis.put(anOverride())
  await server.admin.hset(KEY, 'rev', before ?? '')
  for (let look = 0; look < 30; look++) await other.heal()
  expect(verdictOf(other)).toBe('deny')
})

it.each([
  ['a text', () => server.admin.set(KEY, 'x')],
  ['a list', () => server.admin.rpush(KEY, 'x')],
  [
    'far too many fields',
    () =>
      server.admin.eval(
        "for i = 1, 26000 do redis.call('HSET', KEYS[1], 'f' .. i, 'x') end return 1",
        1,
        KEY,
      ),
  ],
])('makes room where %s stands in its place', async (_, spoil) => {
  const one = await join()
  one.table.take(anOverride())
  await spoil()
  expect(await one.heal()).toMatchObject({ restored: 1 })
  expect(await one.redis.load()).toHaveLength(1)
})

it('removes what has run out', async () => {
  const one = await join()
  await one.redis.put(anOverride({ atMs: clock.now() - 10, expiresMs: clock.now() - 1 }))
  await one.redis.put(anOverride())
  await one.heal()
  expect(await one.redis.load()).toHaveLength(1)
})

it('rejects while the store is gone, and what is known holds', async () => {
  const lone = await startRedis()
  onTestFinished(() => lone.stop())
  const replica = await connectOverrides(addressOf(lone.port, { commandTimeoutMs: 300 }), () =>
    clock.now(),
  )
  onTestFinished(() => replica.close())
  replica.table.take(anOverride())
  await lone.kill()
  await expect(replica.redis.put(anOverride())).rejects.toBeInstanceOf(LedgerFailure)
  await expect(replica.heal()).rejects.toBeInstanceOf(LedgerFailure)
  expect(verdictOf(replica)).toBe('deny')
})

it('works in a cluster', async () => {
  const cluster = await startCluster()
  onTestFinished(() => cluster.stop())
  const replica = await connectOverrides(cluster.address, () => clock.now())
  onTestFinished(() => replica.close())
  await replica.redis.put(anOverride())
  expect(await replica.heal()).toEqual({ news: 1, restored: 0, junk: 0 })
})
