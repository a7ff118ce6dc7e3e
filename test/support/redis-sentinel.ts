import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import {
  addressOf,
  adminOf,
  freePort,
  killed,
  startRedis,
  type RedisServer,
} from './redis-server.ts'
import { findProgram } from './system-packages.ts'
import { until } from './wait.ts'

/** A primary, a replica, and one sentinel that promotes the replica a second after the primary is gone. */
export type SentinelSetUp = {
  readonly primary: RedisServer
  readonly replica: RedisServer
  /** How the product is told. */
  readonly address: RedisAddress
  stop(): Promise<void>
}

const NAME = 'guard'

/** Starts all three and waits until the sentinel knows the replica and the replica is in step. */
export const startSentinel = async (): Promise<SentinelSetUp> => {
  const program = findProgram(['redis-sentinel'])
  if (program === undefined) throw new Error('redis-sentinel is not installed')
  // As it comes, a primary waits five seconds for further replicas before it sends itself to one.
  const primary = await startRedis(['--repl-diskless-sync-delay', '0'])
  const replica = await startRedis(['--replicaof', '127.0.0.1', `${primary.port}`])
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-sentinel-'))
  const port = await freePort()
  const config = join(dir, 'sentinel.conf')
  writeFileSync(
    config,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} 1`,
      `sentinel down-after-milliseconds ${NAME} 1000`,
      `sentinel failover-timeout ${NAME} 3000`,
    ].join('\n'),
  )
  const child: ChildProcess = spawn(program, [config], { stdio: 'ignore' })
  const sentinel = adminOf(port)
  await until('a sentinel that knows the replica', async () => {
    const told = await sentinel.call('SENTINEL', 'replicas', NAME).catch(() => [])
    return Array.isArray(told) && told.length === 1
  })
  await until('a replica in step', async () =>
    (await primary.admin.info('replication')).includes('state=online'),
  )
  return {
    primary,
    replica,
    address: addressOf(port, {
      at: {
        kind: 'sentinel',
        name: NAME,
        nodes: [{ host: '127.0.0.1', port }],
        database: 0,
        username: undefined,
        password: undefined,
      },
    }),
    stop: async () => {
      sentinel.disconnect()
      await killed(child)
      await Promise.all([primary.stop(), replica.stop()])
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
