import { afterEach, beforeEach } from 'vitest'
import type { Admission, Cost, Demand, Lease, LimitState } from '../../src/core/decision.ts'
import type { Limiter } from '../../src/core/seams.ts'
import { aCost, only } from '../support/a-demand.ts'

/** What a limiter under test stands in: its time, which only the suite moves. */
export type LimiterWorld = {
  /** A limiter without any counters. */
  create(): Limiter | Promise<Limiter>
  now(): number
  advance(ms: number): void | Promise<void>
  /** Whether it judges alone all the time, and says so; not unless told. */
  readonly alone?: boolean
}

/** A limiter of the test under way, asked at the world's own time. */
export type LimiterStand = {
  readonly admit: (demands: readonly Demand[], cost?: Cost) => Promise<Admission>
  readonly settle: (lease: Lease, actual: Cost | undefined) => void
  readonly peek: (demand: Demand) => Promise<LimitState>
  readonly forget: (demands: readonly Demand[]) => Promise<readonly LimitState[]>
  readonly advance: (ms: number) => Promise<void>
  /** Moves to the start of an aligned window. */
  readonly toBoundary: (windowMs: number) => Promise<void>
  /** See {@link LimiterWorld.alone}. */
  readonly alone: () => boolean
}

/** A limiter for each test of a suite, in a world of its own. */
export const limiterStand = (world: () => LimiterWorld): LimiterStand => {
  let place: LimiterWorld
  let limiter: Limiter
  beforeEach(async () => {
    place = world()
    limiter = await place.create()
  })
  afterEach(() => limiter.close())
  return {
    admit: async (demands, cost = aCost()) => limiter.admit(demands, cost, place.now()),
    settle: (lease, actual) => limiter.settle(lease, actual, place.now()),
    peek: async (demand) => only(await limiter.peek([demand], place.now())),
    forget: async (demands) => limiter.forget(demands, place.now()),
    advance: async (ms) => place.advance(ms),
    toBoundary: async (windowMs) => place.advance(windowMs - (place.now() % windowMs)),
    alone: () => place.alone === true,
  }
}
