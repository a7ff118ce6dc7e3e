import type { RedisAddress } from '../../src/store/redis-address.ts'
import { startCluster } from './redis-cluster.ts'
import { addressOf, startRedis, type RedisServer } from './redis-server.ts'
import { createSteeredClock, type SteeredClock } from './steered-clock.ts'

/** Redis on a clock that a test steers. */
export type SteeredRedis = {
  readonly address: RedisAddress
  readonly clock: SteeredClock
  stop(): Promise<void>
}

/** Longer than any test moves time, in ms: a node of a cluster is not gone because time has jumped. */
const NODE_TIMEOUT_MS = 10 * 365 * 86_400_000

const TRIED_MS = Date.UTC(2026, 3, 22)

const steerable = async (clock: SteeredClock, nodes: readonly RedisServer[]): Promise<void> => {
  for (const { admin } of nodes) {
    // A thread of the allocator sleeps until a time of day: one behind the real one is always over.
    await admin.config('SET', 'jemalloc-bg-thread', 'no')
  }
  clock.steer(TRIED_MS)
  for (const { admin } of nodes) {
    const [seconds] = await admin.time()
    if (Number(seconds) * 1_000 !== TRIED_MS) {
      throw new Error('this redis-server does not go by the clock it was given')
    }
  }
}

/** One redis-server. */
export const startSteeredRedis = async (): Promise<SteeredRedis> => {
  const clock = createSteeredClock()
  const server = await startRedis([], clock.environment)
  await steerable(clock, [server])
  return {
    address: addressOf(server.port),
    clock,
    stop: async () => {
      await server.stop()
      clock.remove()
    },
  }
}

/** A cluster of three. */
export const startSteeredCluster = async (): Promise<SteeredRedis> => {
  const clock = createSteeredClock()
  const cluster = await startCluster(clock.environment)
  for (const { admin } of cluster.nodes) {
    await admin.config('SET', 'cluster-node-timeout', `${NODE_TIMEOUT_MS}`)
  }
  await steerable(clock, cluster.nodes)
  return {
    address: cluster.address,
    clock,
    stop: async () => {
      await cluster.stop()
      clock.remove()
    },
  }
}
