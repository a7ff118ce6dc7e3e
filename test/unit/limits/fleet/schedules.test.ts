import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cost, Demand, Lease } from '../../../../src/core/decision.ts'
import { aDemand } from '../../../support/a-demand.ts'
import { createExactLimiter, type ExactLease } from '../../../support/exact-limiter.ts'
import { createFleetWorld, holdTimers } from '../../../support/fleet-world.ts'
import type { WireState } from '../../../support/loose-wire.ts'

const REPLICAS = 3
const HOUR_MS = 3_600_000
/** One window each that outlasts the schedule, so that what was let through is simply a sum. */
const LIMITS: readonly Demand[] = [
  aDemand({ limit: 'calls', quota: 12, windowMs: HOUR_MS }),
  aDemand({ limit: 'tokens', quota: 300, windowMs: HOUR_MS, counted: 'tokens' }),
  aDemand({ limit: 'utc', quota: 200, windowMs: HOUR_MS, counted: 'tokens', align: 'utc' }),
  aDemand({ limit: 'rolling', quota: 250, windowMs: HOUR_MS, counted: 'tokens', align: 'rolling' }),
]

type Step =
  | { readonly do: 'burst'; readonly by: number; readonly calls: number; readonly tokens: number }
  | { readonly do: 'settle'; readonly lease: number; readonly share: number | undefined }
  | { readonly do: 'wire'; readonly by: number | 'all'; readonly state: WireState }
  | { readonly do: 'wipe' }
  | { readonly do: 'pass'; readonly ms: number }

const by = fc.nat(REPLICAS - 1)
const healthy = [
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      by,
      calls: fc.integer({ min: 1, max: 3 }),
      tokens: fc.integer({ min: 0, max: 60 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      lease: fc.nat(40),
      share: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(10, 400, 1_200, 2_500),
    }),
  },
] as const
const outages = [
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wire' as const),
      by: fc.oneof(by, fc.constant('all' as const)),
      state: fc.constantFrom<WireState>(
        'whole',
        'frozen',
        'swallowing',
        'mute',
        'cut',
        'erring',
        'whole',
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'wipe' as const }) },
] as const

type Held = {
  readonly lease: Lease
  readonly by: number
  readonly reserved: Cost
  actual: Cost | undefined
  exact: ExactLease | undefined
}

const usedOf = (held: readonly Held[], { counted }: Demand): number =>
  held.reduce((total, { reserved, actual }) => {
    const { inputTokens } = actual ?? reserved
    return total + (counted === 'requests' ? 1 : inputTokens)
  }, 0)

/** Runs a schedule; `exact` is asked beside it where nothing breaks. */
const run = async (steps: readonly Step[], exact?: ReturnType<typeof createExactLimiter>) => {
  holdTimers()
  const world = await createFleetWorld({ replicas: REPLICAS })
  // Away from the end of every aligned window.
  await world.turn()
  world.clock.advance(HOUR_MS - (world.now() % HOUR_MS))
  const held: Held[] = []
  const settled = new Set<Held>()
  const bounds = LIMITS.map(({ quota }) =>
    exact === undefined ? quota * (2 - 1 / REPLICAS) : quota,
  )
  for (const step of steps) {
    switch (step.do) {
      case 'pass':
        await world.pass(step.ms)
        break
      case 'wipe':
        for (const place of world.places) place.wipe()
        // Nobody asks before the others could have found out; a call in flight may.
        break
      case 'wire':
        for (const [at, { wires }] of world.members.entries()) {
          if (step.by === 'all' || step.by === at) for (const wire of wires) wire.is(step.state)
        }
        break
      case 'settle': {
        const each = held[step.lease % Math.max(1, held.length)]
        if (each === undefined) break
        const { reserved } = each
        const actual =
          step.share === undefined
            ? undefined
            : { ...reserved, inputTokens: Math.floor(reserved.inputTokens * step.share) }
        world.members[each.by]?.limiter.settle(each.lease, actual, world.now())
        if (each.exact !== undefined) exact?.settle(each.exact, actual)
        if (!settled.has(each)) each.actual = actual
        settled.add(each)
        await world.turn()
        break
      }
      case 'burst': {
        const cost = { inputTokens: step.tokens, outputTokens: 0, nanoUsd: 0 }
        const asked = Array.from({ length: step.calls }, async () =>
          world.members[step.by]?.limiter.admit(LIMITS, cost, world.now()),
        )
        await world.pass(60)
        for (const admission of await Promise.all(asked)) {
          const expected = exact?.admit(LIMITS, cost, world.now())
          if (exact !== undefined) expect(admission?.admitted).toBe(expected !== undefined)
          if (admission?.admitted !== true) continue
          const { lease } = admission
          held.push({ lease, by: step.by, reserved: cost, actual: undefined, exact: expected })
        }
        const inFlight = exact === undefined ? step.calls : 0
        for (const [at, demand] of LIMITS.entries()) {
          const most =
            (bounds[at] ?? 0) + inFlight * (demand.counted === 'requests' ? 1 : step.tokens)
          expect(usedOf(held, demand), demand.limit).toBeLessThanOrEqual(most)
        }
        break
      }
    }
  }
  // Whatever happened, the ledger comes to know of everything.
  for (const { wires } of world.members) for (const wire of wires) wire.is('whole')
  await world.pass(5_000)
  for (const { limiter } of world.members) {
    expect(limiter.state()).toMatchObject({ degraded: false })
    expect(limiter.state().ledgers[0]).toMatchObject({ pending: 0, dropped: 0 })
  }
  const states = await world.members[0]?.limiter.peek(LIMITS, world.now())
  for (const [at, demand] of LIMITS.entries()) {
    const room = Math.max(0, demand.quota - usedOf(held, demand))
    expect(states?.[at]?.remaining, demand.limit).toBeLessThanOrEqual(room)
    if (exact !== undefined) expect(states?.[at]?.remaining, demand.limit).toBe(room)
  }
  await world.close()
}

describe('three processes of a fleet, on any schedule', () => {
  it('are one exact limiter as long as nothing breaks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...healthy), { minLength: 5, maxLength: 40 }), (steps) =>
        run(steps, createExactLimiter()),
      ),
      { numRuns: 60 },
    )
  })

  it('never pass quota × (2 - 1/N) and what was in flight, whatever breaks, and then tell it all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(...healthy, ...outages), { minLength: 5, maxLength: 50 }),
        (steps) => run(steps),
      ),
      { numRuns: 150 },
    )
  })
})
