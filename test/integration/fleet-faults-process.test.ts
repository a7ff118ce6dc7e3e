import { Redis } from 'ioredis'
import { describe } from 'vitest'
import { itHolds } from '../support/fleet-fault.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

/** Resolves once a server carries out commands. */
const answering = async ({ port }: RedisServer): Promise<void> => {
  const client = new Redis({ port, host: '127.0.0.1', enableReadyCheck: false })
  client.on('error', () => undefined)
  await until('a server that has read its file', () =>
    client.set('there', '1', 'PX', 1_000).then(
      () => true,
      () => false,
    ),
  )
  client.disconnect()
}

describe('three members under a load hold their limits, and no call fails, while Redis', () => {
  itHolds([
    { name: 'is well', breaks: () => undefined, alone: 0, exact: true },
    {
      name: 'is frozen and thaws',
      breaks: ({ server }) => server.freeze(),
      mends: ({ server }) => server.thaw(),
      alone: 3,
    },
    {
      name: 'is killed and comes back empty',
      breaks: ({ server }) => server.kill(),
      mends: ({ server }) => server.restart(),
      alone: 3,
    },
    { name: 'is killed for good', breaks: ({ server }) => server.kill(), alone: 3, returns: false },
    {
      name: 'is frozen for a moment, killed, and comes back empty',
      breaks: async ({ server, degraded }) => {
        server.freeze()
        await until('members that stand alone', () => degraded() === 3)
        await server.kill()
      },
      mends: ({ server }) => server.restart(),
      alone: 3,
    },
    {
      name: 'reads its file for seconds after a crash',
      // Each key takes it a millisecond; that file was written before anything was counted.
      args: ['--key-load-delay', '1000', '--loading-process-events-interval-bytes', '1024'],
      before: async ({ admin }) => {
        await admin.eval(`for i = 1, 1500 do redis.call('SET', 'other:' .. i, i, 'PX', 1e8) end`, 0)
        await admin.save()
      },
      breaks: async ({ server }) => {
        await server.kill()
        // Its own client waits longer than the file takes.
        void server.restart().catch(() => undefined)
      },
      mends: ({ server }) => answering(server),
      alone: 3,
    },
  ])
})
