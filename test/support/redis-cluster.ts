import type { RedisAddress } from '../../src/store/redis-address.ts'
import { addressOf, startRedis, type RedisServer } from './redis-server.ts'
import { until } from './wait.ts'

/** Three primaries without replicas. */
export type ClusterSetUp = {
  readonly nodes: readonly RedisServer[]
  /** How the product is told. */
  readonly address: RedisAddress
  stop(): Promise<void>
}

const SLOTS = 16_384
const NODES = 3

/** Starts three servers, gives each a third of the slots, and waits until all agree. */
export const startCluster = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<ClusterSetUp> => {
  const nodes = await Promise.all(
    Array.from({ length: NODES }, (_, at) =>
      startRedis(
        [
          '--cluster-enabled',
          'yes',
          '--cluster-config-file',
          `nodes-${at}.conf`,
          '--cluster-node-timeout',
          '1000',
          // What one node covers goes on while another is gone.
          '--cluster-require-full-coverage',
          'no',
        ],
        environment,
      ),
    ),
  )
  const share = Math.ceil(SLOTS / NODES)
  for (const [at, { admin, port }] of nodes.entries()) {
    const end = Math.min(SLOTS, (at + 1) * share) - 1
    // One after the other: each meets those that are there.
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', `${at * share}`, `${end}`)
    // Every node needs an epoch of its own, or two could claim the same slots.
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', `${at + 1}`)
    await nodes[0]?.admin.call('CLUSTER', 'MEET', '127.0.0.1', `${port}`)
  }
  for (const { admin } of nodes) {
    await until('a cluster that agrees', async () => {
      const info = String(await admin.call('CLUSTER', 'INFO'))
      return info.includes('cluster_state:ok') && info.includes(`cluster_slots_ok:${SLOTS}`)
    })
  }
  return {
    nodes,
    address: addressOf(0, {
      at: { kind: 'cluster', nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) },
    }),
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
