import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import {
  answer,
  call,
  challengeOf,
  clearancesOf,
  clearedBy,
  codeOf,
  revoke,
  solved,
} from '../support/challenged-caller.ts'
import { keyOf, PROVE_BOUND, redisStore, startChallenging } from '../support/challenging-fleet.ts'
import { sharing } from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const ANSWERS = 1_000

let redis: RedisServer
let standIn: StandIn
let guards: readonly GuardProcess[]

const start = (): Promise<GuardProcess> =>
  startChallenging({
    upstreamUrl: standIn.url,
    store: redisStore(redis.port),
    policy: PROVE_BOUND,
  })

beforeAll(async () => {
  redis = await startRedis()
  standIn = await createStandIn()
  guards = await Promise.all([start(), start(), start()])
  await sharing(guards)
})
afterAll(async () => {
  await Promise.all(guards.map((guard) => guard.stop()))
  await standIn.close()
  await redis.stop()
})

const guardAt = (at: number): GuardProcess => {
  const guard = guards[at % guards.length]
  if (guard === undefined) throw new Error('there is no guard')
  return guard
}
const statusesOf = async (key: string, headers?: { readonly [name: string]: string }) => {
  const said = await Promise.all(guards.map((guard) => call(guard, key, headers)))
  return said.map(({ status }) => status)
}

describe('of three replicas', () => {
  it('one of a thousand parallel answers with one solution is granted, and all know it then', async () => {
    const key = keyOf(0)
    const challenge = await challengeOf(guardAt(0), key)
    const body = solved(challenge)
    const sent = standIn.calls.length
    const said = await Promise.all(
      Array.from({ length: ANSWERS }, (_, at) => answer(guardAt(at), challenge.id, body)),
    )
    const count = (status: number): number => said.filter((one) => one.status === status).length
    console.log(JSON.stringify({ answers: ANSWERS, granted: count(200), spent: count(409) }))
    expect([count(200), count(409)]).toEqual([1, ANSWERS - 1])
    expect(await statusesOf(key)).toEqual([200, 200, 200])
    expect(standIn.calls.length).toBe(sent + 3)
    const listed = await until('every replica to have heard', async () => {
      const lists = await Promise.all(guards.map((guard) => clearancesOf(guard)))
      const own = lists.map((list) => list.filter(({ account }) => account === 'acct_0'))
      return own.every(({ length }) => length > 0) && own
    })
    expect(listed.map(({ length }) => length)).toEqual([1, 1, 1])
    expect(new Set(listed.flat().map(({ id }) => id)).size).toBe(1)
  })

  it('each lets a call pass right after another one took the answer, though nobody tells it', async () => {
    // What replicas tell each other goes by streams: nobody can write one.
    await redis.admin.call('ACL', 'SETUSER', 'default', '-xadd')
    try {
      for (let account = 10; account < 22; account++) {
        const key = keyOf(account)
        const challenge = await challengeOf(guardAt(account), key)
        const taken = await answer(guardAt(account + 1), challenge.id, solved(challenge))
        expect(taken.status).toBe(200)
        expect((await call(guardAt(account + 2), key)).status).toBe(200)
        expect(await statusesOf(key)).toEqual([200, 200, 200])
        expect((await answer(guardAt(account), challenge.id, solved(challenge))).status).toBe(409)
      }
    } finally {
      await redis.admin.call('ACL', 'SETUSER', 'default', '+xadd')
    }
  })

  it('each lets all calls pass that come at once right after another one took the answer', async () => {
    for (let account = 30; account < 36; account++) {
      const key = keyOf(account)
      const challenge = await challengeOf(guardAt(0), key)
      expect((await answer(guardAt(0), challenge.id, solved(challenge))).status).toBe(200)
      const said = await Promise.all(Array.from({ length: 30 }, (_, at) => call(guardAt(at), key)))
      expect(new Set(said.map(({ status }) => status))).toEqual(new Set([200]))
    }
  })

  it('all end a clearance that is revoked at one of them, also where the caller carries it', async () => {
    const key = keyOf(1)
    const challenge = await challengeOf(guardAt(0), key)
    const { clearance } = clearedBy(await answer(guardAt(1), challenge.id, solved(challenge)))
    const carried = { 'x-stillwatch-clearance': clearance }
    expect(await statusesOf(key)).toEqual([200, 200, 200])
    expect(await statusesOf(`${key}-other`, carried)).toEqual([403, 403, 403])
    const [listed] = await clearancesOf(guardAt(2), 'acct_1')
    expect(await revoke(guardAt(2), listed?.id ?? '')).toBe(200)
    await until('every replica to have heard', async () =>
      (await statusesOf(key, carried)).every((status) => status === 403),
    )
    expect(await statusesOf(key)).toEqual([403, 403, 403])
    // One that was not there then reads it.
    const late = await start()
    try {
      expect((await call(late, key, carried)).status).toBe(403)
      const spent = await answer(late, challenge.id, solved(challenge))
      expect([spent.status, codeOf(spent)]).toEqual([409, 'challenge_spent'])
    } finally {
      await late.stop()
    }
    // It is not the end of the caller: another proof is good.
    const next = await challengeOf(guardAt(0), key)
    expect(next.id).not.toBe(challenge.id)
    expect((await answer(guardAt(2), next.id, solved(next))).status).toBe(200)
    expect(await statusesOf(key, carried)).toEqual([200, 200, 200])
  })
})
