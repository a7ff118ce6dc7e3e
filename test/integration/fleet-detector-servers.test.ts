import { expect, test } from 'vitest'
import type { Mark } from '../../src/core/campaign.ts'
import { createMarksTable } from '../../src/campaigns/live/marks-table.ts'
import { MARKS_TOPIC, parseMarks } from '../../src/campaigns/live/mark-text.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { MARK_SHARDS } from '../../src/store/redis-detect-keys.ts'
import { createRedisGossip } from '../../src/store/redis-gossip.ts'
import { anObservation } from '../support/an-observation.ts'
import { detectFleet, ROOT_KEY, type DetectFleet } from '../support/detect-fleet.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { until } from '../support/wait.ts'

const marked = (entity: string) => anObservation({ entity, client: 'campaign/1' })

/** Entities from `org_0` on: some of them in each partition, and so on each node of a cluster. */
const many = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `org_${from + at}`)

/** Another replica, which only hears of marks. */
const listening = async (address: RedisAddress) => {
  const connection = createRedisConnection(address)
  await connection.readyWithin(5_000)
  const gossip = createRedisGossip({
    connect: () => connection.duplicate().client,
    prefix: 'test',
    namespace: 'ours',
    rootKey: ROOT_KEY,
  })
  const marks = createMarksTable()
  gossip.hear(MARKS_TOPIC, (text) => {
    for (const mark of parseMarks(text).marks) marks.take(mark)
  })
  return {
    heard: () => marks.inForce(Date.now()).map(({ entity }) => entity),
    close: async () => {
      await gossip.close()
      connection.close()
    },
  }
}

const marksOf = (fleet: DetectFleet): Promise<readonly Mark[]> => fleet.marks().catch(() => [])

const entitiesOf = (marks: readonly Mark[]): Set<string> =>
  new Set(marks.map(({ entity }) => entity))

/** What is said of a campaign is said after its marks. */
const hasMembers = ({ campaigns }: DetectFleet, count: number): Promise<boolean> =>
  campaigns.list().then(
    ([one]) => one?.members === count,
    () => false,
  )

test('over a cluster observations of every slot are read, and marks reach another replica', async () => {
  const cluster = await startCluster()
  const replica = await listening(cluster.address)
  try {
    const fleet = await detectFleet(cluster.address)
    const detector = fleet.detector()
    await until('duty', () => detector.active())
    const all = many(0, 40)
    fleet.tell(...all.map(marked))
    await until('all marks', async () => (await marksOf(fleet)).length === 40, 20_000)
    await until('the other replica', () => replica.heard().length === 40, 20_000)
    expect(entitiesOf(await fleet.marks())).toEqual(new Set(all))
    await until('the campaign', () => hasMembers(fleet, 40))
    const label = { campaign: 'c1', act: 'dismiss', by: 'ops', note: '', atMs: Date.now() + 1 }
    expect(await fleet.campaigns.label({ ...label, act: 'dismiss' })).toMatchObject({
      state: 'dismissed',
    })
    await until('the release', () => replica.heard().length === 0, 20_000)
    // Whoever takes over reads the state, whose pieces lie in one slot.
    await detector.close()
    const next = fleet.detector()
    await until('the next', () => next.active(), 20_000)
    await until('its word', () =>
      fleet.campaigns.list().then(
        ([one]) => one?.state === 'dismissed',
        () => false,
      ),
    )
    const told = JSON.stringify([...detector.reports, ...next.reports])
    expect(told).not.toContain('not whole')
    expect(told).not.toContain('of no use')
  } finally {
    await replica.close()
    await cluster.stop()
  }
}, 60_000)

test('over a sentinel a failover of the primary keeps marks, and detection goes on', async () => {
  const sentinel = await startSentinel()
  const replica = await listening(sentinel.address)
  try {
    const fleet = await detectFleet(sentinel.address)
    const detector = fleet.detector()
    fleet.tell(...many(0, 10).map(marked))
    await until('the marks', async () => (await marksOf(fleet)).length === 10, 20_000)
    await until('the other replica', () => replica.heard().length === 10, 20_000)
    await until('a copy of them', async () => {
      const { admin } = sentinel.replica
      const shards = Array.from({ length: MARK_SHARDS }, (_, shard) => fleet.keys.marks(shard))
      const counts = await Promise.all(shards.map((key) => admin.hlen(key)))
      return counts.reduce((sum, count) => sum + count) === 10
    })
    await sentinel.primary.kill()
    await until(
      'a promoted replica',
      async () => (await sentinel.replica.admin.info('replication')).includes('role:master'),
      20_000,
    )
    await until('the marks again', async () => (await marksOf(fleet)).length === 10, 20_000)
    fleet.tell(...many(10, 20).map(marked))
    await until('new marks', async () => (await marksOf(fleet)).length === 20, 20_000)
    await until('the other replica', () => replica.heard().length === 20, 20_000)
    await until('the campaign', () => hasMembers(fleet, 20))
    expect(entitiesOf(await fleet.marks())).toEqual(new Set(many(0, 20)))
    expect(detector.active()).toBe(true)
  } finally {
    await replica.close()
    await sentinel.stop()
  }
}, 90_000)
