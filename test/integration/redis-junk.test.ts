import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createStoreKeys } from '../../src/store/store-keys.ts'
import { aRedisStore, claimOn, opened } from '../support/a-redis-store.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'

let server: RedisServer
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.stop())
beforeEach(() => server.admin.flushall())

const keys = createStoreKeys('test', 'ours', '0')
const calls = claimOn({ lo: 1 })
const running = claimOn({ lo: 2, concurrent: true })
const claims = [calls, running]

const doubles = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(numbers.length * 8)
  for (const [at, number] of numbers.entries()) bytes.writeDoubleLE(number, at * 8)
  return bytes
}
const store = () => aRedisStore(addressOf(server.port, { commandTimeoutMs: 2_000 }))
const SOON = Date.now() + 60_000

describe('a counter that is none', () => {
  const JUNK: { readonly [what: string]: string | Buffer } = {
    'an empty text': '',
    'a text': 'seven',
    'a number as text': '7',
    'bytes too few': Buffer.alloc(23),
    'bytes too many': Buffer.alloc(25),
    'a megabyte': Buffer.alloc(1_000_000, 1),
    'no number': doubles(Number.NaN, 0, SOON),
    'endless use': doubles(Number.POSITIVE_INFINITY, 0, SOON),
    'use below nothing': doubles(-100, 0, SOON),
    'a past below nothing': doubles(1, -100, SOON),
    'an end that is no time': doubles(1, 0, Number.NaN),
    'an end before time': doubles(1, 0, -1),
    'an end that never comes': doubles(1, 0, SOON * 2),
    'running calls of nobody': doubles(-1, 5, SOON),
    'a lease that never ends': doubles(7, 5, SOON * 2),
  }
  it.each(Object.keys(JUNK))('%s is begun anew and counted', async (what) => {
    const ledger = await opened(store())
    await server.admin.set(keys.counter(calls), JUNK[what] ?? '')
    await server.admin.set(keys.counter(running), JUNK[what] ?? '')
    const taken = await ledger.take(claims)
    expect(taken).toMatchObject({ admitted: true })
    expect(taken.repaired).toBeGreaterThanOrEqual(1)
    expect(taken.readings.map(({ used }) => used)).toEqual([0, 0])
    const next = await ledger.take(claims)
    expect(next.repaired).toBe(0)
    expect(next.readings.map(({ used }) => used)).toEqual([1, 1])
  })

  it.each(['hash', 'list', 'set', 'sorted set', 'stream'])('a %s is begun anew', async (type) => {
    const problems: unknown[] = []
    const fleet = aRedisStore(addressOf(server.port, { commandTimeoutMs: 2_000 }), {
      onProblem: (problem) => problems.push(problem),
    })
    const ledger = await opened(fleet)
    for (const claim of claims) {
      const key = keys.counter(claim)
      if (type === 'hash') await server.admin.hset(key, 'a', 'b')
      else if (type === 'list') await server.admin.rpush(key, 'a')
      else if (type === 'set') await server.admin.sadd(key, 'a')
      else if (type === 'sorted set') await server.admin.zadd(key, 1, 'a')
      else await server.admin.xadd(key, '*', 'a', 'b')
    }
    const taken = await ledger.take(claims)
    expect(taken).toMatchObject({ admitted: true, repaired: 2 })
    expect((await ledger.read(claims)).readings.map(({ used }) => used)).toEqual([1, 1])
    expect(fleet.state().repaired).toBe(2)
    expect(problems).toEqual([{ kind: 'repaired', counters: 2 }])
  })

  it('stops no correction, holding or bringing', async () => {
    const ledger = await opened(store())
    for (const claim of claims) await server.admin.hset(keys.counter(claim), 'a', 'b')
    await ledger.correct([{ ...calls, expiresMs: SOON, delta: -1 }])
    await ledger.hold([{ ...running, running: 2 }])
    await ledger.bring([{ ...calls, used: 4, previous: 0, expiresMs: SOON }])
    expect((await ledger.read(claims)).readings.map(({ used }) => used)).toEqual([4, 2])
  })

  it('whatever the bytes, never stops a call, never gives a reading that is none', async () => {
    const ledger = await opened(store())
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 80 }),
          fc.array(fc.double(), { maxLength: 9 }).map((numbers) => doubles(...numbers)),
          fc
            .array(fc.double({ min: 0, max: SOON }), { minLength: 3, maxLength: 3 })
            .map((numbers) => doubles(...numbers)),
        ),
        async (bytes) => {
          for (const claim of claims) {
            await server.admin.set(keys.counter(claim), Buffer.from(bytes))
          }
          const { readings } = await ledger.take(claims)
          expect(readings).toHaveLength(2)
          const after = await ledger.read(claims)
          expect(after.repaired).toBe(0)
        },
      ),
      { numRuns: 150 },
    )
  })
})

it('begins a memory anew whose word is none, and a fleet whose list is none', async () => {
  const fleet = store()
  await server.admin.set(keys.epoch, 'x')
  const ledger = await opened(fleet)
  expect((await ledger.take(claims)).admitted).toBe(true)
  await server.admin.del(keys.epoch)
  await server.admin.hset(keys.epoch, 'a', 'b')
  await ledger.open()
  expect((await ledger.take(claims)).admitted).toBe(true)
  await server.admin.set(keys.replicas, 'x')
  expect(await fleet.presence.beat('here')).toEqual([{ id: 'one', note: 'here' }])
  await server.admin.hset(keys.replicas, 'short', 'x', 'old', Buffer.alloc(20), '', doubles(SOON))
  await server.admin.hset(keys.replicas, 'nan', doubles(Number.NaN), 'ahead', doubles(SOON * 2))
  expect(await fleet.presence.beat('here')).toEqual([{ id: 'one', note: 'here' }])
})

it('does not believe a memory that is older than can be, or younger', async () => {
  const ledger = await opened(store())
  const word = 'abcdefghijklmnopqrstuv'
  for (const made of ['000000000000000', '999999999999999']) {
    await server.admin.set(keys.epoch, `${word}.${made}`)
    expect(await ledger.open()).toEqual({ word: `${word}.${made}`, ageMs: 0 })
  }
  for (const none of [word, `${word}.`, `${word}.-00000000000001`, `${word}${'1'.repeat(16)}`]) {
    await server.admin.set(keys.epoch, none)
    const begun = await ledger.open()
    expect(begun.word).not.toContain(word)
    expect(begun.ageMs).toBe(0)
  }
  expect((await ledger.take(claims)).admitted).toBe(true)
})

it('gives every key an end', async () => {
  const fleet = store()
  const ledger = await opened(fleet)
  await ledger.take(claims)
  await ledger.hold([{ ...running, running: 3 }])
  await ledger.bring([{ hi: 3, lo: 3, used: 1, previous: 0, expiresMs: SOON }])
  await fleet.presence.beat('')
  const found = await server.admin.keys('*')
  expect(found.length).toBeGreaterThanOrEqual(5)
  for (const key of found) expect(await server.admin.pttl(key)).toBeGreaterThan(0)
})

it('shares nothing with an installation of another secret', async () => {
  const ours = await opened(store())
  const theirs = await opened(
    aRedisStore(addressOf(server.port, { commandTimeoutMs: 2_000 }), { namespace: 'theirs' }),
  )
  await ours.take([calls])
  expect((await theirs.read([calls])).readings[0]?.used).toBe(0)
})

it('knows who lives: in the order of ids, until they say nothing for a while', async () => {
  const address = addressOf(server.port, { commandTimeoutMs: 2_000 })
  const [one, two] = ['two', 'one'].map((replicaId) =>
    aRedisStore(address, { replicaId, lifeMs: 300 }),
  )
  if (one === undefined || two === undefined) throw new Error('two stores')
  await Promise.all([opened(one), opened(two)])
  await one.presence.beat('b')
  expect(await two.presence.beat('a')).toEqual([
    { id: 'one', note: 'a' },
    { id: 'two', note: 'b' },
  ])
  const endMs = performance.now() + 330
  while (performance.now() < endMs) await two.presence.beat('a')
  expect(await two.presence.beat('c')).toEqual([{ id: 'one', note: 'c' }])
})
