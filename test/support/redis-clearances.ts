import { createRedisClearances, type RedisClearances } from '../../src/store/redis-clearances.ts'
import { createRedisConnection, type RedisConnection } from '../../src/store/redis-connection.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'

const ROOT_KEY = new Uint8Array(32).fill(7)

/** Clearances of a fleet as one more process of it asks for them. */
export type ClearanceReplica = {
  readonly ledger: RedisClearances
  readonly connection: RedisConnection
}

/** Connects and waits until requests can be made; its owner closes the connection. */
export const connectClearances = async (
  address: RedisAddress,
  rootKey: Uint8Array = ROOT_KEY,
): Promise<ClearanceReplica> => {
  const connection = createRedisConnection(address)
  const ledger = createRedisClearances({
    connection,
    prefix: 'test',
    namespace: 'ours',
    rootKey,
    commandTimeoutMs: address.commandTimeoutMs,
  })
  await connection.readyWithin(10_000)
  return { ledger, connection }
}
