import { afterAll, beforeAll, expect, it } from 'vitest'
import type { SharedLedger } from '../../src/core/ledger.ts'
import type { RedisStore } from '../../src/store/redis-store.ts'
import { aRedisStore, claimOn, outcomeOf } from '../support/a-redis-store.ts'
import { startCluster, type ClusterSetUp } from '../support/redis-cluster.ts'
import { until } from '../support/wait.ts'

let cluster: ClusterSetUp
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(() => cluster.stop())

const openAll = async (store: RedisStore): Promise<readonly SharedLedger[]> => {
  await until('all ledgers', async () => {
    const outcomes = await Promise.all(store.ledgers.map((ledger) => outcomeOf(ledger.open())))
    return outcomes.every(({ kind }) => kind === 'done')
  })
  return store.ledgers
}
const kindsOf = (ledgers: readonly SharedLedger[]) =>
  Promise.all(
    ledgers.map(
      async (ledger, at) => (await outcomeOf(ledger.take([claimOn({ lo: at, quota: 1e6 })]))).kind,
    ),
  )

it('spreads its ledgers over all nodes and counts in each', async () => {
  const store = aRedisStore(cluster.address)
  const ledgers = await openAll(store)
  expect(ledgers).toHaveLength(16)
  expect(await kindsOf(ledgers)).toEqual(Array.from({ length: 16 }, () => 'done'))
  for (const [at, ledger] of ledgers.entries()) {
    const { readings } = await ledger.read([claimOn({ lo: at }), claimOn({ lo: at + 16 })])
    expect(readings.map(({ used }) => used)).toEqual([1, 0])
  }
  for (const { admin } of cluster.nodes) expect(await admin.dbsize()).toBeGreaterThan(2)
  expect((await store.presence.beat('here')).length).toBe(1)
  expect(await store.check()).toEqual([])
})

it('fails within its deadline for the slots of a node that is gone only, and returns by itself', async () => {
  const store = aRedisStore({ ...cluster.address, commandTimeoutMs: 50 })
  const ledgers = await openAll(store)
  const [, , lost] = cluster.nodes
  await lost?.kill()
  const started = performance.now()
  const kinds = await kindsOf(ledgers)
  expect(performance.now() - started).toBeLessThan(200)
  expect(kinds.filter((kind) => kind === 'done').length).toBeGreaterThan(4)
  expect(kinds.filter((kind) => kind !== 'done').length).toBeGreaterThan(1)
  expect(new Set(kinds).has('forgotten')).toBe(false)

  await lost?.restart()
  await until('all slots', async () => {
    const now = await kindsOf(ledgers)
    for (const [at, kind] of now.entries()) {
      if (kind === 'forgotten') await outcomeOf(ledgers[at]?.open() ?? Promise.resolve())
    }
    return now.every((kind) => kind === 'done')
  })
})

it('waits no longer than its deadline for a frozen node, which later carries out nothing', async () => {
  const store = aRedisStore({ ...cluster.address, commandTimeoutMs: 50 })
  const ledgers = await openAll(store)
  await kindsOf(ledgers)
  const before = await Promise.all(
    ledgers.map(async (ledger, at) => (await ledger.read([claimOn({ lo: at })])).readings[0]?.used),
  )
  const [frozen] = cluster.nodes
  frozen?.freeze()
  const started = performance.now()
  const kinds = await kindsOf(ledgers)
  expect(performance.now() - started).toBeLessThan(200)
  expect(new Set(kinds)).toEqual(new Set(['done', 'timeout']))
  // A deadline is kept to a millisecond or two: two clocks are compared.
  const endMs = performance.now() + 10
  await until('the deadline to be over', () => performance.now() > endMs)
  frozen?.thaw()
  await until('all slots', async () =>
    (await Promise.all(ledgers.map((ledger) => outcomeOf(ledger.read([]))))).every(
      ({ kind }) => kind === 'done',
    ),
  )
  const after = await Promise.all(
    ledgers.map(async (ledger, at) => (await ledger.read([claimOn({ lo: at })])).readings[0]?.used),
  )
  expect(after).toEqual(before.map((used = 0, at) => (kinds[at] === 'done' ? used + 1 : used)))
})
