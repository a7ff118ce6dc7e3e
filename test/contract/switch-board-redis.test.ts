import { EMPTY_SWITCH_SET } from '../../src/core/switches.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { createRedisSwitches } from '../../src/store/redis-switches.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'
import { switchBoardSuite, type BoardWorld } from './switch-board.ts'

const worldOf = async (address: RedisAddress, stop: () => Promise<void>): Promise<BoardWorld> => {
  const connections = [createRedisConnection(address), createRedisConnection(address)] as const
  const [one, other] = connections.map((connection) =>
    createRedisSwitches({
      connection,
      prefix: 'test',
      namespace: 'ours',
      rootKey: new Uint8Array(32).fill(7),
      commandTimeoutMs: address.commandTimeoutMs,
      known: () => EMPTY_SWITCH_SET,
    }),
  )
  if (one === undefined || other === undefined) throw new Error('no boards')
  for (const connection of connections) await connection.readyWithin(10_000)
  return {
    one,
    other,
    close: async () => {
      for (const connection of connections) connection.close()
      await stop()
    },
  }
}

switchBoardSuite('one Redis', async () => {
  const server = await startRedis()
  return worldOf(addressOf(server.port), () => server.stop())
})

switchBoardSuite('a cluster of Redis', async () => {
  const cluster = await startCluster()
  return worldOf(cluster.address, () => cluster.stop())
})
