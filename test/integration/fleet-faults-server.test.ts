import { describe } from 'vitest'
import { itHolds } from '../support/fleet-fault.ts'
import { keysOf } from '../support/fleet-rig.ts'
import type { RedisServer } from '../support/redis-server.ts'

const JUNK: readonly (readonly [string, ...string[]])[] = [
  ['SET', ''],
  ['SET', 'x'.repeat(24)],
  ['SET', 'x'.repeat(100_000)],
  ['RPUSH', 'a'],
  ['HSET', 'a', 'b'],
  ['SADD', 'a'],
  ['ZADD', '1', 'a'],
]

/** Writes something else into every key there is, all at once. */
const writeJunk = async (server: RedisServer): Promise<void> => {
  const writes = server.admin.multi()
  // In which fleets say that they live is looked at every ten seconds only, and no limit hangs on it.
  const keys = [...(await keysOf(server)).keys()].filter((key) => !key.endsWith(':fleets'))
  for (const [at, key] of keys.entries()) {
    const [command, ...args] = JUNK[at % JUNK.length] ?? ['SET', '']
    writes.del(key).call(command, key, ...args)
  }
  await writes.exec()
}

describe('three members under a load hold their limits, and no call fails, while Redis', () => {
  itHolds([
    {
      name: 'forgets its scripts',
      breaks: ({ server }) => server.admin.script('FLUSH'),
      alone: 0,
      exact: true,
    },
    {
      name: 'is full and evicts nothing',
      breaks: ({ server }) => server.admin.config('SET', 'maxmemory', '1mb'),
      mends: ({ server }) => server.admin.config('SET', 'maxmemory', '0'),
      alone: 3,
    },
    {
      name: 'became a replica of a dead host',
      breaks: ({ server }) => server.admin.replicaof('127.0.0.1', '1'),
      mends: ({ server }) => server.admin.replicaof('NO', 'ONE'),
      alone: 3,
    },
    {
      name: 'is emptied by somebody',
      breaks: ({ server }) => server.admin.flushall(),
      alone: 3,
    },
    {
      name: 'holds junk in every key',
      breaks: ({ server }) => writeJunk(server),
      alone: 3,
    },
    {
      name: 'asks for a password that nobody has',
      breaks: async ({ server }) => {
        await server.admin.config('SET', 'requirepass', 'changed')
        await server.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      },
      mends: ({ server }) => server.admin.config('SET', 'requirepass', ''),
      alone: 3,
    },
  ])
})
