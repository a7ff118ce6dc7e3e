import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRedisConnection } from '../../src/store/redis-connection.ts'
import { createDetectKeys } from '../../src/store/redis-detect-keys.ts'
import { createEntryForm } from '../../src/store/redis-gossip-entry.ts'
import { createObservationReader } from '../../src/store/redis-observations.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'

const ROOT_KEY = Buffer.alloc(32, 7)
const FROM = 'abcdefghijkl'

let redis: RedisServer

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

test('an entry that was sent again counts once, and reading again from before reads it again', async () => {
  const keys = createDetectKeys('test', 'ours')
  const key = keys.observations(3)
  const form = createEntryForm(ROOT_KEY, key)
  const add = (n: number): Promise<unknown> =>
    redis.admin.xadd(key, '*', ...form.fields({ from: FROM, n, texts: [`text ${n}`] }))
  const connection = createRedisConnection(addressOf(redis.port))
  await connection.readyWithin(5_000)
  const read = createObservationReader({ connection, keys, rootKey: ROOT_KEY })
  await add(1)
  await add(2)
  const first = await read({})
  expect(first.texts).toEqual(['text 1', 'text 2'])
  await add(2)
  await add(3)
  const second = await read(first.positions)
  expect(second.texts).toEqual(['text 3'])
  expect((await read(second.positions)).texts).toEqual([])
  expect((await read(first.positions)).texts).toEqual(['text 2', 'text 3'])
  expect((await read({})).texts).toEqual(['text 1', 'text 2', 'text 3'])
  connection.close()
})
