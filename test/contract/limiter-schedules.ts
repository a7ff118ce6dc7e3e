import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Cost, Demand, Lease } from '../../src/core/decision.ts'
import { aDemand } from '../support/a-demand.ts'
import { createExactLimiter, type ExactLease } from '../support/exact-limiter.ts'
import type { LimiterWorld } from './limiter-stand.ts'

const LIMITS: readonly Demand[] = [
  aDemand({ limit: 'calls', quota: 6, windowMs: 10_000 }),
  aDemand({ limit: 'calls-utc', quota: 8, windowMs: 7_000, align: 'utc' }),
  aDemand({ limit: 'all', quota: 400, windowMs: 9_000, counted: 'tokens', align: 'rolling' }),
  aDemand({ limit: 'tokens', quota: 300, windowMs: 10_000, counted: 'tokens' }),
  aDemand({ limit: 'in', quota: 150, windowMs: 12_000, counted: 'input_tokens', align: 'utc' }),
  aDemand({
    limit: 'out',
    quota: 90,
    windowMs: 15_000,
    counted: 'output_tokens',
    align: 'rolling',
  }),
  aDemand({ limit: 'money', quota: 500, windowMs: 11_000, counted: 'usd', align: 'utc' }),
  aDemand({ limit: 'running', quota: 3, windowMs: 0, counted: 'concurrent' }),
  aDemand({ limit: 'shadow', quota: 40, windowMs: 8_000, counted: 'tokens', enforced: false }),
]

const EVERY = LIMITS.map((_, at) => at)

type Step =
  | {
      readonly do: 'admit'
      readonly limits: readonly number[]
      readonly key: string
      readonly cost: Cost
    }
  | { readonly do: 'settle'; readonly lease: number; readonly actual: Cost | undefined }
  | { readonly do: 'advance'; readonly ms: number }

const cost: fc.Arbitrary<Cost> = fc.record({
  inputTokens: fc.integer({ min: 0, max: 120 }),
  outputTokens: fc.integer({ min: 0, max: 120 }),
  nanoUsd: fc.integer({ min: 0, max: 240 }),
})

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('admit' as const),
      limits: fc.oneof(
        { weight: 3, arbitrary: fc.subarray(EVERY, { minLength: 1, maxLength: 3 }) },
        { weight: 1, arbitrary: fc.subarray(EVERY, { minLength: 1 }) },
      ),
      key: fc.constantFrom('acct_1', 'acct_2'),
      cost,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      lease: fc.nat(30),
      actual: fc.option(cost, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 12_000 })),
    }),
  },
)

/** The same for every limiter, so that all of them are put through the same schedules. */
const SEEDS = [20_260_422, 1_776_816, 28_800_000]
const RUNS_A_SEED = 20

const agreesWithExactLimiter = (world: () => LimiterWorld) =>
  fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
    const place = world()
    const limiter = await place.create()
    try {
      const exact = createExactLimiter()
      const leases: { readonly lease: Lease; readonly exact: ExactLease }[] = []
      for (const each of steps) {
        switch (each.do) {
          case 'advance':
            await place.advance(each.ms)
            break
          case 'settle': {
            const open = leases[each.lease % Math.max(1, leases.length)]
            if (open === undefined) break
            limiter.settle(open.lease, each.actual, place.now())
            exact.settle(open.exact, each.actual)
            break
          }
          case 'admit': {
            const nowMs = place.now()
            const demands = each.limits.map((at) => ({ ...LIMITS[at], key: each.key }) as Demand)
            const before = demands.map((demand) => exact.stateAt(demand, each.cost, nowMs))
            const expected = exact.admit(demands, each.cost, nowMs)
            const admission = await limiter.admit(demands, each.cost, nowMs)
            expect(admission.admitted).toBe(expected !== undefined)
            expect(admission.degraded).toBe(place.alone === true)
            const after = demands.map((demand) => exact.stateAt(demand, each.cost, nowMs))
            expect(
              admission.states.map(({ exceeded, cost: taken, remaining, resetMs }) => ({
                exceeded,
                taken,
                remaining,
                resetMs,
              })),
            ).toEqual(
              after.map(({ remaining, resetMs, amount }, at) => ({
                exceeded: before[at]?.fits === false,
                taken: amount,
                remaining,
                resetMs,
              })),
            )
            const over = demands.filter(
              (demand, at) =>
                expected?.entries.has(demand) === true && (after[at]?.used ?? 0) > demand.quota,
            )
            expect(over).toEqual([])
            if (admission.admitted && expected !== undefined) {
              leases.push({ lease: admission.lease, exact: expected })
            } else if (!admission.admitted && admission.refusedBy.counted !== 'concurrent') {
              const demand = demands.find(({ limit }) => limit === admission.refusedBy.limit)
              const { retryAfterMs } = admission
              expect(
                demand !== undefined && exact.isTrueWait(demand, each.cost, nowMs, retryAfterMs),
              ).toBe(true)
            }
            break
          }
        }
      }
      const states = await limiter.peek(LIMITS, place.now())
      for (const [at, demand] of LIMITS.entries()) {
        const { remaining, resetMs } = exact.stateAt(
          demand,
          { inputTokens: 1, outputTokens: 0, nanoUsd: 1 },
          place.now(),
        )
        expect(states[at]).toMatchObject({ remaining, resetMs })
      }
    } finally {
      await limiter.close()
    }
  })

/**
 * Random schedules against {@link createExactLimiter}, the limits of a call all of one key, so that one
 * ledger keeps them: of several, each begins a window even for a call that another one refuses.
 * Those of the seeds, and so many new ones, whose seed and path a failure prints.
 */
export const limiterSchedules = (world: () => LimiterWorld, newSchedules: number): void => {
  it.each(SEEDS)(
    'agrees with the exact limiter and never reserves more than a quota, seed %d',
    async (seed) => {
      await fc.assert(agreesWithExactLimiter(world), { seed, numRuns: RUNS_A_SEED })
    },
  )

  it('agrees with the exact limiter on new schedules too', async () => {
    await fc.assert(agreesWithExactLimiter(world), { numRuns: newSchedules })
  })
}
