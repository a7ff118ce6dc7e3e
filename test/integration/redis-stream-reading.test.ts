import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createDetectLease } from '../../src/store/redis-detect-lease.ts'
import { createDetectDesk, createDeskReader } from '../../src/store/redis-detect-desk.ts'
import { createRedisConnection, type RedisConnection } from '../../src/store/redis-connection.ts'
import { createDetectKeys } from '../../src/store/redis-detect-keys.ts'
import { createEntryForm } from '../../src/store/redis-gossip-entry.ts'
import { createObservationReader } from '../../src/store/redis-observations.ts'
import { createSealing } from '../../src/store/redis-seal.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const ROOT_KEY = Buffer.alloc(32, 7)
const FROM = 'abcdefghijkl'
/** The last id that a stream can have: after it none can be appended. */
const LAST_ID = '18446744073709551615-18446744073709551615'

const keys = createDetectKeys('test', 'ours')
const key = keys.observations(3)
const form = createEntryForm(ROOT_KEY, key)
let redis: RedisServer
let connection: RedisConnection

beforeAll(async () => {
  redis = await startRedis()
  connection = createRedisConnection(addressOf(redis.port))
  await connection.readyWithin(5_000)
})
afterAll(async () => {
  connection.close()
  await redis.stop()
})
beforeEach(() => redis.admin.flushall())

const add = (n: number): Promise<unknown> =>
  redis.admin.xadd(key, '*', ...form.fields({ from: FROM, n, texts: [`text ${n}`] }))

test('an entry with the last of all ids does not silence its partition once the stream is made anew', async () => {
  const read = createObservationReader({ connection, keys, rootKey: ROOT_KEY })
  await add(1)
  const { positions } = await read({})
  await redis.admin.xadd(key, LAST_ID, 'x', 'x')
  const hostile = await read(positions)
  expect(hostile).toMatchObject({ texts: [], junk: 1, positions })
  // As a teller repairs it.
  await redis.admin.unlink(key)
  await add(2)
  const next = await until('what was told since', async () => {
    const page = await read(hostile.positions)
    return page.texts.length > 0 && page
  })
  expect(next.texts).toEqual(['text 2'])
})

test('a position that was saved beyond the end of a stream is not waited for', async () => {
  const read = createObservationReader({ connection, keys, rootKey: ROOT_KEY })
  await add(1)
  expect((await read({ p3: LAST_ID })).texts).toEqual(['text 1'])
})

test('reading passes over any number of hostile entries without telling anybody to begin after them', async () => {
  const read = createObservationReader({ connection, keys, rootKey: ROOT_KEY })
  await add(1)
  let { positions } = await read({})
  const saved = positions
  for (let at = 0; at < 30; at++) await redis.admin.xadd(key, '*', 'x', 'x')
  let junk = 0
  for (let at = 0; at < 5; at++) {
    const page = await read(positions)
    junk += page.junk
    positions = page.positions
  }
  expect(junk).toBe(30)
  expect(positions).toEqual(saved)
  await add(2)
  expect((await read(positions)).texts).toEqual(['text 2'])
})

test('an entry with the last of all ids does not keep operators from being heard', async () => {
  const sealing = createSealing(ROOT_KEY)
  const lease = createDetectLease({ connection, keys, leaseMs: 60_000 })
  await lease.acquire()
  const desk = createDetectDesk({ connection, keys, lease, sealing })
  const operator = createDeskReader({ connection, keys, sealing })
  await redis.admin.xadd(keys.labels, LAST_ID, 'label', 'x')
  const first = await desk.labels(undefined)
  expect(first.labels).toEqual([])
  // The operator finds that nothing can be appended, and makes room.
  const answer = operator.label('said', 5_000)
  const heard = await until('the label', async () => {
    const { labels } = await desk.labels(first.position)
    return labels[0]
  })
  expect(heard.text).toBe('said')
  await desk.answer(heard.id, 'done')
  expect(await answer).toBe('done')
})
