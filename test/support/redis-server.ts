import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { findProgram } from './system-packages.ts'
import { until } from './wait.ts'

/** A real redis-server on loopback that a test can hurt. Keeps nothing on disk. */
export type RedisServer = {
  readonly port: number
  /** A plain client, for looking behind the scenes. */
  readonly admin: Redis
  /** Stops the process where it is, without its knowing; sockets stay open. */
  freeze(): void
  thaw(): void
  kill(): Promise<void>
  /** Starts it again on its port, empty. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** The nodes of a cluster speak on a second port so much higher. */
const BUS_OFFSET = 10_000

/** A port that is free now, low enough for a node of a cluster. */
export const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port + BUS_OFFSET > 65_535 ? freePort() : port
}

/** Ends a child at once and waits for it. */
export const killed = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  child.kill('SIGKILL')
  await gone
}

/** A client that waits for its server as long as a test does. */
export const adminOf = (port: number): Redis => {
  const admin = new Redis({ host: '127.0.0.1', port, retryStrategy: () => 20 })
  admin.on('error', () => undefined)
  return admin
}

/** Starts a server with these further arguments and variables, and waits until it answers. */
export const startRedis = async (
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<RedisServer> => {
  const program = findProgram(['redis-server'])
  if (program === undefined) throw new Error('redis-server is not installed')
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-redis-'))
  const port = await freePort()
  const run = (): ChildProcess =>
    spawn(
      program,
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', dir, ...args],
      { stdio: 'ignore', env: { ...process.env, ...environment } },
    )
  let child = run()
  const admin = adminOf(port)
  const answering = async (): Promise<void> => {
    await until(`redis on ${port}`, async () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
      return admin.ping().then(
        () => true,
        (error: Error) => error.message.startsWith('NOAUTH'),
      )
    })
  }
  await answering()
  return {
    port,
    admin,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: () => killed(child),
    restart: async () => {
      await killed(child)
      child = run()
      await answering()
    },
    stop: async () => {
      admin.disconnect()
      await killed(child)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/**
 * How the product is told where that server is; a test overrides what it is about. The deadline is one
 * that a busy test machine keeps, not the 50 ms of a guard.
 */
export const addressOf = (port: number, over: Partial<RedisAddress> = {}): RedisAddress => ({
  at: { kind: 'single', node: { host: '127.0.0.1', port }, database: 0 },
  username: undefined,
  password: undefined,
  tls: undefined,
  commandTimeoutMs: 2_000,
  ...over,
})
