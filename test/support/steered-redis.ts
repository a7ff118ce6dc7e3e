import type { RedisAddress } from '../../src/store/redis-address.ts'
import { startCluster } from './redis-cluster.ts'
import { addressOf, startRedis, type RedisServer } from './redis-server.ts'
import { createSteeredClock, type SteeredClock } from './steered-clock.ts'

/** Redis on a clock that a test steers; its time is real until then. */
export type SteeredRedis = {
  readonly address: RedisAddress
  readonly clock: SteeredClock
  stop(): Promise<void>
}

/** Longer than any test moves time, in ms: a node of a cluster is not gone because time has jumped. */
const NODE_TIMEOUT_MS = 10 * 365 * 86_400_000

/** A thread of the allocator sleeps until a time of day, which on a clock behind the real one is over. */
const calm = ({ admin }: RedisServer): Promise<unknown> =>
  admin.config('SET', 'jemalloc-bg-thread', 'no')

/** One redis-server. */
export const startSteeredRedis = async (): Promise<SteeredRedis> => {
  const clock = createSteeredClock()
  const server = await startRedis([], clock.environment)
  await calm(server)
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
  for (const node of cluster.nodes) {
    await calm(node)
    await node.admin.config('SET', 'cluster-node-timeout', `${NODE_TIMEOUT_MS}`)
  }
  return {
    address: cluster.address,
    clock,
    stop: async () => {
      await cluster.stop()
      clock.remove()
    },
  }
}
