import type { RedisAddress } from '../../src/store/redis-address.ts'
import { connectClearances } from '../support/redis-clearances.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'
import { clearanceLedgerSuite, type ClearanceWorld } from './clearance-ledger.ts'

const worldOf = async (
  address: RedisAddress,
  stop: () => Promise<void>,
): Promise<ClearanceWorld> => {
  const [one, other] = [await connectClearances(address), await connectClearances(address)]
  return {
    one: one.ledger,
    other: other.ledger,
    close: async () => {
      one.connection.close()
      other.connection.close()
      await stop()
    },
  }
}

clearanceLedgerSuite('one Redis', async () => {
  const server = await startRedis()
  return worldOf(addressOf(server.port), () => server.stop())
})

clearanceLedgerSuite('a cluster of Redis', async () => {
  const cluster = await startCluster()
  return worldOf(cluster.address, () => cluster.stop())
})
