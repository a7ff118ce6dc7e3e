import { createHealing, type Healed } from '../../src/overrides/heal-overrides.ts'
import { createOverrideTable, type OverrideTable } from '../../src/overrides/override-table.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { createRedisOverrides, type RedisOverrides } from '../../src/store/redis-overrides.ts'

const ROOT_KEY = new Uint8Array(32).fill(7)

/** One more process of a fleet that shares overrides. */
export type OverrideReplica = {
  readonly table: OverrideTable
  readonly redis: RedisOverrides
  readonly heal: () => Promise<Healed>
  close(): void
}

/** Connects and waits until requests can be made; its owner closes it. */
export const connectOverrides = async (
  address: RedisAddress,
  now: () => number,
  rootKey: Uint8Array = ROOT_KEY,
): Promise<OverrideReplica> => {
  const connection = createRedisConnection(address)
  const redis = createRedisOverrides({ connection, prefix: 'test', namespace: 'ours', rootKey })
  const table = createOverrideTable()
  await connection.readyWithin(10_000)
  return {
    table,
    redis,
    heal: createHealing({ shared: redis, table, now }),
    close: () => connection.close(),
  }
}
