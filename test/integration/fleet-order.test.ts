import { afterAll, beforeAll, expect, it } from 'vitest'
import { aRedisStore, claimOn, opened } from '../support/a-redis-store.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())

it('requests are carried out in their order by a server that has not seen the scripts yet', async () => {
  const ledger = await opened(aRedisStore(addressOf(server.port)))
  const running = claimOn({ concurrent: true })
  await ledger.take([running])
  await ledger.correct([{ ...running, lo: 2, expiresMs: 0, delta: -1 }])
  // It runs while it is told, and ends right after: the other way round it would run for a whole lease.
  const told = ledger.hold([{ ...running, running: 1 }])
  const ended = ledger.correct([{ ...running, expiresMs: 0, delta: -1 }])
  await Promise.all([told, ended])
  expect((await ledger.read([running])).readings[0]?.used).toBe(0)
})
