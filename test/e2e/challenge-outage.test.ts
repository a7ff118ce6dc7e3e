import { describe, expect, it, onTestFinished } from 'vitest'
import { createStandIn } from '../../src/demo/stand-in.ts'
import {
  answer,
  call,
  challengeOf,
  clearancesOf,
  clearedBy,
  codeOf,
  revoke,
  solved,
  type Challenged,
  type Said,
} from '../support/challenged-caller.ts'
import { keyOf, redisStore, startChallenging } from '../support/challenging-fleet.ts'
import { readinessOf, sharing } from '../support/guard-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const ACCOUNTS = 40

/** Two replicas over a Redis that writes down what it says yes to. */
const startPair = async (
  posture: 'closed' | 'insured',
): Promise<readonly [RedisServer, GuardProcess, GuardProcess]> => {
  const redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always'])
  onTestFinished(() => redis.stop())
  const standIn = await createStandIn()
  onTestFinished(() => standIn.close())
  const start = async (): Promise<GuardProcess> => {
    const guard = await startChallenging({
      upstreamUrl: standIn.url,
      store: redisStore(redis.port, 300),
      challenges: { posture },
    })
    onTestFinished(async () => void (await guard.stop()))
    return guard
  }
  const [one, other] = await Promise.all([start(), start()])
  await sharing([one, other])
  return [redis, one, other]
}

/** An answer until it is something else than "try again". */
const insistently = (
  guard: GuardProcess,
  challenge: Challenged,
  seen: (said: Said) => void = () => undefined,
): Promise<Said> => {
  const body = solved(challenge)
  return until('an answer that is final', async () => {
    const said = await answer(guard, challenge.id, body)
    seen(said)
    return said.status !== 503 && said
  })
}

describe('while Redis is gone', () => {
  it('nothing is granted, calls are challenged as before, and the same proofs are good after it', async () => {
    const [redis, one, other] = await startPair('closed')
    const challenges = await Promise.all(
      Array.from({ length: ACCOUNTS }, (_, at) => challengeOf(one, keyOf(at))),
    )
    const granted = new Map<string, number>()
    const refused: Said[] = []
    const note =
      (id: string) =>
      (said: Said): void => {
        if (said.status === 200) granted.set(id, (granted.get(id) ?? 0) + 1)
        if (said.status === 503) refused.push(said)
      }
    let killed: Promise<void> | undefined
    const finals: Promise<Said>[] = []
    for (const [at, challenge] of challenges.entries()) {
      // Both at once: of one proof only one is granted, whatever becomes of Redis in between.
      for (const guard of [one, other]) {
        finals.push(insistently(guard, challenge, note(challenge.id)))
      }
      if (at === ACCOUNTS / 2) await Promise.race(finals)
      if (at === ACCOUNTS / 2) killed = redis.kill()
    }
    await killed
    await until('answers that are put off', () => refused.length > ACCOUNTS)
    const grantedByNow = granted.size

    const fresh = keyOf(ACCOUNTS)
    const challenge = await challengeOf(one, fresh)
    const body = solved(challenge)
    for (const guard of [one, other]) {
      const said = await answer(guard, challenge.id, body)
      expect([said.status, codeOf(said)]).toEqual([503, 'challenge_unavailable'])
      expect(Number(said.headers['retry-after'])).toBeGreaterThanOrEqual(1)
      expect(said.headers['x-should-retry']).toBeUndefined()
      expect((await challengeOf(guard, fresh)).kind).toBe('proof_of_work')
      expect((await readinessOf(guard)).degraded).toContain('clearances')
    }
    expect(granted.size).toBe(grantedByNow)

    await redis.restart()
    const said = await Promise.all(finals)
    const statuses = new Set(said.map(({ status }) => status))
    console.log(
      JSON.stringify({
        proofs: ACCOUNTS,
        before: grantedByNow,
        granted: granted.size,
        put_off: refused.length,
        statuses: [...statuses],
      }),
    )
    expect([...statuses].toSorted()).toEqual([200, 409])
    expect([...granted.values()].every((times) => times === 1)).toBe(true)
    expect((await insistently(other, challenge)).status).toBe(200)
    expect((await answer(one, challenge.id, body)).status).toBe(409)
    for (const guard of [one, other]) {
      for (let at = 0; at <= ACCOUNTS; at++) {
        const status = await until('a store that is asked again', async () => {
          const { status: now } = await call(guard, keyOf(at))
          return now === 200 && now
        })
        expect(status).toBe(200)
      }
      const listed = await clearancesOf(guard, 'acct_0')
      expect(listed).toHaveLength(1)
    }
    await until('nothing to be degraded', async () => {
      const all = await Promise.all([one, other].map(readinessOf))
      return all.every(({ degraded }) => degraded.length === 0)
    })
  })

  it('a replica that is insured grants what it is asked for, once, and the others know it later', async () => {
    const [redis, one, other] = await startPair('insured')
    const [key, both] = [keyOf(0), keyOf(1)]
    const [challenge, second] = [await challengeOf(one, key), await challengeOf(other, both)]
    await redis.kill()
    const [body, secondBody] = [solved(challenge), solved(second)]

    const first = clearedBy(await answer(one, challenge.id, body))
    expect((await answer(one, challenge.id, body)).status).toBe(409)
    expect((await call(one, key)).status).toBe(200)
    expect((await call(other, key)).status).toBe(403)
    // Each of them alone takes the same proof: it comes to the same clearance.
    const grants = [
      clearedBy(await answer(one, second.id, secondBody)),
      clearedBy(await answer(other, second.id, secondBody)),
    ]
    expect(grants[0]?.expires_at).toBe(grants[1]?.expires_at)

    await redis.restart()
    await until('the other to know it', async () => (await call(other, key)).status === 200)
    for (const guard of [one, other]) {
      const all = await until('the store to be asked', async () => {
        const ofBoth = await Promise.all([
          clearancesOf(guard, 'acct_0'),
          clearancesOf(guard, 'acct_1'),
        ])
        return ofBoth.every(({ length }) => length === 1) && ofBoth.flat()
      })
      expect(all.map(({ expires_at }) => expires_at)).toEqual([
        first.expires_at,
        grants[0]?.expires_at,
      ])
      expect((await answer(guard, challenge.id, body)).status).toBe(409)
      expect((await answer(guard, second.id, secondBody)).status).toBe(409)
    }
    const [listed] = await clearancesOf(one, 'acct_1')
    const [there] = await clearancesOf(other, 'acct_1')
    expect(listed?.id).toBe(there?.id)
  })

  it('nobody is told that a revocation counts; one that nobody could be told of counts all the same', async () => {
    const [redis, one, other] = await startPair('closed')
    const key = keyOf(0)
    const challenge = await challengeOf(one, key)
    expect((await answer(one, challenge.id, solved(challenge))).status).toBe(200)
    await until('the other to know it', async () => (await call(other, key)).status === 200)
    const [listed] = await clearancesOf(one, 'acct_0')
    const id = listed?.id ?? ''
    await redis.kill()
    expect(await revoke(one, id)).toBe(503)
    await redis.restart()
    // What replicas tell each other goes by streams: nobody can write one.
    await redis.admin.call('ACL', 'SETUSER', 'default', '-xadd')
    await until('a store that is asked again', async () => (await revoke(one, id)) === 200)
    expect((await call(one, key)).status).toBe(403)
    await redis.admin.call('ACL', 'SETUSER', 'default', '+xadd')
    await until('the other to know it', async () => (await call(other, key)).status === 403)
  })
})

it('a proof that is granted again after a failover lost it comes to the same clearance', async () => {
  const fleet = await startSentinel()
  onTestFinished(() => fleet.stop())
  const standIn = await createStandIn()
  onTestFinished(() => standIn.close())
  const { at } = fleet.address
  if (at.kind !== 'sentinel') throw new Error('not a sentinel')
  const start = async (): Promise<GuardProcess> => {
    const guard = await startChallenging({
      upstreamUrl: standIn.url,
      store: {
        redis: {
          sentinel: {
            name: at.name,
            nodes: at.nodes.map(({ host, port }) => `${host}:${port}`),
          },
          command_timeout_ms: 300,
        },
      },
    })
    onTestFinished(async () => void (await guard.stop()))
    return guard
  }
  const one = await start()
  const key = keyOf(0)
  const challenge = await challengeOf(one, key)
  const body = solved(challenge)
  // Nothing reaches the replica from here on.
  fleet.replica.freeze()
  await fleet.primary.admin.call('CLIENT', 'KILL', 'TYPE', 'replica')
  const first = clearedBy(await answer(one, challenge.id, body))
  await fleet.primary.kill()
  fleet.replica.thaw()

  // It has heard nothing of the first grant: neither from the store nor from the other.
  const late = await start()
  const second = clearedBy(
    await until(
      'a new primary',
      async () => {
        const said = await answer(late, challenge.id, body)
        return said.status !== 503 && said
      },
      30_000,
    ),
  )
  expect(second.expires_at).toBe(first.expires_at)
  const [had] = await clearancesOf(one)
  const [has] = await clearancesOf(late)
  expect([has?.id, has?.expires_at]).toEqual([had?.id, had?.expires_at])
  for (const guard of [one, late]) {
    expect((await call(guard, key)).status).toBe(200)
    expect((await answer(guard, challenge.id, body)).status).toBe(409)
  }
  await until('one clearance in the store', async () => {
    const [mine, its] = await Promise.all([
      clearancesOf(one, 'acct_0'),
      clearancesOf(late, 'acct_0'),
    ])
    return mine.length === 1 && its.length === 1
  })
})
