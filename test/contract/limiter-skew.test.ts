import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Cost, Demand } from '../../src/core/decision.ts'
import type { FleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { aCost, aDemand, admitted, only, refused } from '../support/a-demand.ts'
import { createSteeredFleet, type SteeredFleet } from '../support/steered-fleet.ts'
import { startSteeredRedis, type SteeredRedis } from '../support/steered-redis.ts'

const MINUTE_MS = 60_000
const QUOTA = 100

/** One process and what its own clock says. */
type Replica = { readonly limiter: FleetLimiter; readonly now: () => number }

let redis: SteeredRedis
let fleet: SteeredFleet
let replicas: readonly Replica[]

beforeAll(async () => {
  redis = await startSteeredRedis()
})
afterAll(() => redis.stop())
beforeEach(async () => {
  fleet = createSteeredFleet(redis)
  replicas = await Promise.all(
    [-5, 0, 5].map(async (minutes) => {
      const now = () => redis.clock.now() + minutes * MINUTE_MS
      return { limiter: await fleet.join(`ahead by ${minutes}`, { now }), now }
    }),
  )
})
afterEach(async () => {
  await Promise.all(replicas.map(({ limiter }) => limiter.close()))
})

const admit = async ({ limiter, now }: Replica, demand: Demand, cost: Cost = aCost()) =>
  limiter.admit([demand], cost, now())

const onEach = <T>(ask: (replica: Replica) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(replicas.map(ask))

/** All replicas ask at once, each for as much as the whole quota; how many calls were let through. */
const burst = async (demand: Demand): Promise<number> => {
  const calls = Array.from({ length: QUOTA }, () => onEach((replica) => admit(replica, demand)))
  const admissions = (await Promise.all(calls)).flat()
  expect(admissions.filter(({ degraded }) => degraded)).toEqual([])
  return admissions.filter((each) => each.admitted).length
}

describe.each(['first_use', 'utc', 'rolling'] as const)(
  'three replicas whose clocks are five minutes slow, right and five minutes fast, %s windows of one',
  (align) => {
    const demand = aDemand({ align, quota: QUOTA, windowMs: MINUTE_MS })
    const tokens = { ...demand, counted: 'tokens' as const }

    it('admit the quota once, and again as soon as Redis says that the window is over', async () => {
      expect(await burst(demand)).toBe(QUOTA)
      // Of a rolling window the most has slid out at the end of the next one, and all right after.
      const lifeMs = align === 'rolling' ? 2 * MINUTE_MS : MINUTE_MS
      for (let window = 0; window < 3; window++) {
        await fleet.advance(lifeMs - 1)
        if (align !== 'rolling') expect(await burst(demand)).toBe(0)
        await fleet.advance(1)
        expect(await burst(demand)).toBe(QUOTA)
      }
    })

    it('are told the same wait, and it is the true one for each', async () => {
      expect(await burst(demand)).toBe(QUOTA)
      await fleet.advance(7_003)
      const waits = (await onEach((replica) => admit(replica, demand))).map(
        (admission) => refused(admission).retryAfterMs,
      )
      const [waitMs = 0] = waits
      expect(waits).toEqual([waitMs, waitMs, waitMs])
      await fleet.advance(waitMs - 1)
      await onEach(async (replica) => refused(await admit(replica, demand)))
      await fleet.advance(1)
      const after = await onEach((replica) => admit(replica, demand))
      expect(after.some((admission) => admission.admitted)).toBe(true)
    })

    it('settle in the window that was charged, whoever does', async () => {
      const leases = await onEach(
        async (replica) => admitted(await admit(replica, tokens, aCost(30))).lease,
      )
      await fleet.advance(20_000)
      for (const [at, { limiter, now }] of replicas.entries()) {
        const lease = leases[at]
        if (lease !== undefined) limiter.settle(lease, aCost(at), now())
      }
      // What was settled is told before time goes on.
      await fleet.advance(0)
      const left = await onEach(async ({ limiter, now }) =>
        only(await limiter.peek([tokens], now())),
      )
      expect(left.map(({ remaining }) => remaining)).toEqual([97, 97, 97])
    })
  },
)
