import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import {
  answer,
  call,
  challengeIn,
  challengeOf,
  clearedBy,
  codeOf,
  solved,
} from '../support/challenged-caller.ts'
import { keyOf, PROVE, redisStore, startChallenging } from '../support/challenging-fleet.ts'
import type { GuardProcess } from '../support/guard-process.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'

const SEED = 41
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
const CLOCK = new URL('../fixtures/shifted-clock.ts', import.meta.url).href
/** What the policy here gives: ten minutes to answer in and a day. */
const VALID_MS = 10 * MINUTE_MS
const LIFETIME_MS = 24 * HOUR_MS

let redis: RedisServer
let standIn: StandIn
let right: GuardProcess
let ahead: GuardProcess
let behind: GuardProcess

const start = (shiftMs: number, policy = PROVE): Promise<GuardProcess> =>
  startChallenging({
    upstreamUrl: standIn.url,
    store: redisStore(redis.port),
    policy,
    environment: { NODE_OPTIONS: `--import ${CLOCK}`, SHIFTED_CLOCK_MS: String(shiftMs) },
  })

beforeAll(async () => {
  redis = await startRedis()
  standIn = await createStandIn()
  ;[right, ahead, behind] = await Promise.all([start(0), start(HOUR_MS), start(-HOUR_MS)])
})
afterAll(async () => {
  await Promise.all([right, ahead, behind].map((guard) => guard.stop()))
  await standIn.close()
  await redis.stop()
})

/** Asks as an honest client does: what it meets it solves, what has expired it asks for again. */
const honestly = async (
  key: string,
  next: () => GuardProcess,
  rounds: number,
): Promise<{ readonly status: number; readonly met: readonly string[] }> => {
  const met: string[] = []
  for (let round = 0; round < rounds; round++) {
    const said = await call(next(), key)
    if (said.status === 200) return { status: 200, met }
    const challenge = challengeIn(said)
    const taken = await answer(next(), challenge.id, solved(challenge))
    met.push(codeOf(taken) ?? String(taken.status))
  }
  return { status: 0, met }
}

describe('of three replicas, of which one is an hour ahead and one an hour behind', () => {
  it('the one behind cannot give away what has expired: the store knows the time', async () => {
    const challenge = await challengeOf(behind, keyOf(0))
    expect(Date.parse(challenge.expires_at)).toBeLessThan(Date.now())
    for (const guard of [behind, right, ahead]) {
      const said = await answer(guard, challenge.id, solved(challenge))
      expect([said.status, codeOf(said)]).toEqual([410, 'challenge_expired'])
      expect(said.headers['x-should-retry']).toBe('false')
      expect((await call(guard, keyOf(0))).status).toBe(403)
    }
  })

  it('the one ahead gives no more than it is wrong by, and nobody else takes its future', async () => {
    const challenge = await challengeOf(ahead, keyOf(1))
    for (const guard of [right, behind]) {
      const said = await answer(guard, challenge.id, solved(challenge))
      expect([said.status, codeOf(said)]).toEqual([410, 'challenge_expired'])
    }
    const { expires_at } = clearedBy(await answer(ahead, challenge.id, solved(challenge)))
    const grantedMs = Date.parse(expires_at) - Date.now()
    console.log(
      JSON.stringify({
        by: 'the one ahead',
        longer_min: Math.round((grantedMs - VALID_MS - LIFETIME_MS) / MINUTE_MS),
      }),
    )
    expect(grantedMs).toBeLessThanOrEqual(HOUR_MS + VALID_MS + LIFETIME_MS + 1_000)
    for (const guard of [right, ahead, behind]) {
      expect((await call(guard, keyOf(1))).status).toBe(200)
      const again = await answer(guard, challenge.id, solved(challenge))
      expect(again.status).toBe(guard === ahead ? 409 : 410)
    }
  })

  it('what the right one grants holds everywhere, as long as it says', async () => {
    const challenge = await challengeOf(right, keyOf(2))
    for (const guard of [ahead, behind]) {
      const said = await answer(guard, challenge.id, solved(challenge))
      expect([said.status, codeOf(said)]).toEqual([410, 'challenge_expired'])
    }
    const { expires_at } = clearedBy(await answer(right, challenge.id, solved(challenge)))
    const grantedMs = Date.parse(expires_at) - Date.now()
    expect(grantedMs).toBeLessThanOrEqual(VALID_MS + LIFETIME_MS + 1_000)
    for (const guard of [right, ahead, behind]) {
      expect((await call(guard, keyOf(2))).status).toBe(200)
    }
  })

  it('an honest client gets its answer at last, wherever its requests end up', async () => {
    console.log(JSON.stringify({ seed: SEED }))
    const random = createSeededRandom(SEED)
    const replicas = [right, ahead, behind]
    for (let client = 0; client < 4; client++) {
      const anywhere = (): GuardProcess => replicas[random(3)] ?? right
      const { status, met } = await honestly(keyOf(10 + client), anywhere, 100)
      console.log(JSON.stringify({ replica: 'any', status, answers: met.length }))
      expect(status).toBe(200)
      expect(met.slice(0, -1)).toEqual(met.slice(1).map(() => 'challenge_expired'))
    }
    for (const [at, guard] of [right, ahead].entries()) {
      expect(await honestly(keyOf(20 + at), () => guard, 2)).toEqual({ status: 200, met: ['200'] })
    }
  })

  it('one that only ever meets the one behind is told each time that it has expired', async () => {
    const { status, met } = await honestly(keyOf(22), () => behind, 5)
    expect([status, new Set(met)]).toEqual([0, new Set(['challenge_expired'])])
  })
})
