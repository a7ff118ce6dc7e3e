import { describe, expect, it, onTestFinished } from 'vitest'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { aClearance } from '../support/a-clearance.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { connectClearances, raceFor, type ClearanceReplica } from '../support/redis-clearances.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'

const REPLICAS = 3

const replicasOf = async (address: RedisAddress): Promise<readonly ClearanceReplica[]> => {
  // All at once on a busy machine: what is tested is who gets it, not how fast.
  const patient = { ...address, commandTimeoutMs: 20_000 }
  const replicas = await Promise.all(
    Array.from({ length: REPLICAS }, () => connectClearances(patient)),
  )
  onTestFinished(() => replicas.forEach(({ connection }) => connection.close()))
  return replicas
}

describe.each(['one Redis', 'a cluster'] as const)('three replicas over %s', (where) => {
  const start = async (): Promise<readonly ClearanceReplica[]> => {
    if (where === 'a cluster') {
      const cluster = await startCluster()
      onTestFinished(() => cluster.stop())
      return replicasOf(cluster.address)
    }
    const server = await startRedis()
    onTestFinished(() => server.stop())
    return replicasOf(addressOf(server.port))
  }

  it('grant one of a thousand parallel claims of one proof', async () => {
    const replicas = await start()
    const clearance = aClearance()
    expect(await raceFor(replicas, clearance, 1_000)).toEqual({ claimed: 1, spent: 999 })
    const found = await Promise.all(replicas.map(({ ledger }) => ledger.of(clearance.subject)))
    expect(found[0]).toHaveLength(1)
    expect(found[0]).toMatchObject([{ id: clearance.id, expiresMs: clearance.expiresMs }])
    expect(found).toEqual([found[0], found[0], found[0]])
  })

  it('grant exactly one in each of 500 races', async () => {
    const replicas = await start()
    const results = await Promise.all(
      Array.from({ length: 500 }, (_, at) =>
        raceFor(replicas, aClearance({ subject: `a:racer_${at}` }), 6),
      ),
    )
    expect(results.filter(({ claimed, spent }) => claimed !== 1 || spent !== 5)).toEqual([])
  })
})
