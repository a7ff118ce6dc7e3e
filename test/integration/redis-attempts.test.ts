import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAttempts, type Attempts } from '../../src/limits/attempts.ts'
import { createCommandClient } from '../../src/store/redis-connection.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const PER_MINUTE = 5

describe('attempts of a whole fleet', () => {
  let server: RedisServer
  const clients: ReturnType<typeof createCommandClient>[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(async () => {
    for (const client of clients) client.disconnect()
    await server.stop()
  })

  const replica = async (): Promise<Attempts> => {
    const client = createCommandClient(addressOf(server.port))
    clients.push(client)
    await until('a connection', () => client.status === 'ready')
    return createAttempts({
      clock: { now: () => Date.now() },
      perMinute: PER_MINUTE,
      shared: { client, prefix: 'test:attempts' },
    })
  }

  it('are counted together, each key for itself, and forgotten by themselves', async () => {
    const [one, two] = [await replica(), await replica()]
    for (let attempt = 0; attempt < PER_MINUTE; attempt++) {
      const by = attempt % 2 === 0 ? one : two
      expect(await by.failed('198.51.100.7')).toBe(0)
    }
    for (const by of [one, two]) {
      expect(await by.waitMs('198.51.100.7')).toBeGreaterThan(0)
      expect(await by.failed('198.51.100.7')).toBeGreaterThan(0)
      expect(await by.waitMs('198.51.100.8')).toBe(0)
    }
    for (const key of await server.admin.keys('test:attempts*')) {
      expect(await server.admin.pttl(key)).toBeGreaterThan(0)
    }
  })

  it('are counted by each process alone while Redis hangs or is gone, and nobody waits for it', async () => {
    const attempts = await replica()
    server.freeze()
    const startedMs = performance.now()
    for (let attempt = 0; attempt < PER_MINUTE; attempt++) {
      expect(await attempts.failed('203.0.113.9')).toBe(0)
    }
    expect(await attempts.failed('203.0.113.9')).toBeGreaterThan(0)
    expect(await attempts.waitMs('203.0.113.9')).toBeGreaterThan(0)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    server.thaw()
    await server.kill()
    expect(await attempts.waitMs('203.0.113.9')).toBeGreaterThan(0)
  })
})
