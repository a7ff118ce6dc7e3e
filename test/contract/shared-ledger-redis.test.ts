import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisStore, type RedisStore } from '../../src/store/redis-store.ts'
import type { LedgerWorld } from '../support/ledger-world.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { addressOf, startRedis } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'
import { sharedLedgerSuite } from './shared-ledger.ts'

const LEASE_MS = 800

const worldOf = (
  address: RedisAddress,
  servers: { readonly forget: () => Promise<void>; readonly stop: () => Promise<void> },
): LedgerWorld => {
  const stores = new Map<string, RedisStore>()
  return {
    leaseMs: LEASE_MS,
    as: async (replicaId) => {
      const store =
        stores.get(replicaId) ??
        createRedisStore({
          // The test machine may pause for longer than a guard would wait.
          address: { ...address, commandTimeoutMs: 2_000 },
          prefix: 'test',
          namespace: 'contract',
          replicaId,
          leaseMs: LEASE_MS,
        })
      const [ledger] = store.ledgers
      if (ledger === undefined) throw new Error('a store without a ledger')
      if (!stores.has(replicaId)) {
        stores.set(replicaId, store)
        await until('an open ledger', () =>
          ledger.open().then(
            () => true,
            () => false,
          ),
        )
      }
      return ledger
    },
    pass: async (ms) => {
      const endMs = performance.now() + ms
      await until('time to pass', () => performance.now() >= endMs)
    },
    forget: servers.forget,
    close: async () => {
      for (const store of stores.values()) await store.close()
      await servers.stop()
    },
  }
}

sharedLedgerSuite('one Redis', async () => {
  const server = await startRedis()
  return worldOf(addressOf(server.port), {
    forget: async () => void (await server.admin.flushall()),
    stop: () => server.stop(),
  })
})

sharedLedgerSuite('a cluster of Redis', async () => {
  const cluster = await startCluster()
  return worldOf(cluster.address, {
    forget: async () => {
      for (const { admin } of cluster.nodes) await admin.flushall()
    },
    stop: () => cluster.stop(),
  })
})
