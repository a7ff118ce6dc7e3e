import * as fc from 'fast-check'
import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterLike,
} from 'rate-limiter-flexible'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCompactCounters } from '../../../src/limits/compact-counters.ts'
import { createFingerprints } from '../../../src/limits/fingerprint.ts'
import { RateLimiterCompact } from '../../../src/limits/rate-limiter-compact.ts'

const OPTIONS = { points: 10, duration: 30 }

const aLimiter = (options: { blockDuration?: number; points?: number; duration?: number } = {}) => {
  const fingerprints = createFingerprints({ k0: 3, k1: 4 })
  return new RateLimiterCompact({
    counters: createCompactCounters({ fingerprints, maxKeys: 1_000 }),
    fingerprints,
    clock: { now: () => Date.now() },
    ...OPTIONS,
    ...options,
  })
}

const plain = (value: unknown) => (value instanceof RateLimiterRes ? value.toJSON() : value)

/** An answer or a refusal as plain data; an error is no answer. */
const outcome = async (answer: Promise<unknown>): Promise<unknown> => {
  return answer.then(plain, (reason: unknown) => {
    if (reason instanceof RateLimiterRes) return { rejected: plain(reason) }
    throw reason
  })
}

type Step = {
  readonly verb: keyof typeof VERBS
  readonly key: string
  readonly points: number
  readonly seconds: number
  readonly options: { readonly customDuration?: number }
  readonly pauseMs: number
}

const VERBS = {
  consume: (on: RateLimiterLike, { key, points, options }: Step) =>
    on.consume(key, points, options),
  penalty: (on: RateLimiterLike, { key, points, options }: Step) =>
    on.penalty(key, points, options),
  reward: (on: RateLimiterLike, { key, points, options }: Step) => on.reward(key, points, options),
  block: (on: RateLimiterLike, { key, seconds }: Step) => on.block(key, seconds),
  set: (on: RateLimiterLike, { key, points, seconds }: Step) => on.set(key, points, seconds),
  get: (on: RateLimiterLike, { key }: Step) => on.get(key),
  delete: (on: RateLimiterLike, { key }: Step) => on.delete(key),
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom('consume', 'consume', 'penalty', 'reward', 'block', 'set', 'get', 'delete'),
  key: fc.constantFrom('a', 'b'),
  points: fc.integer({ min: 1, max: 6 }),
  seconds: fc.nat(60),
  options: fc.constantFrom(
    {},
    { customDuration: 1 },
    { customDuration: 50 },
    { customDuration: 0 },
  ),
  pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40_000 })),
})

describe('the counters under the interface of rate-limiter-flexible', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 3, 22) })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([0, 7])(
    'answer any sequence as its memory limiter does, blocking for %d s',
    async (blockDuration) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          const ours = aLimiter({ blockDuration })
          const theirs = new RateLimiterMemory({ ...OPTIONS, blockDuration })
          for (const each of steps) {
            vi.advanceTimersByTime(each.pauseMs)
            const expected = await outcome(VERBS[each.verb](theirs, each))
            expect(await outcome(VERBS[each.verb](ours, each))).toEqual(expected)
          }
        }),
        { numRuns: 300 },
      )
    },
  )

  it('stand in as the insurance of a limiter whose Redis is gone', async () => {
    const insurance = aLimiter()
    const limiter = new RateLimiterRedis({
      ...OPTIONS,
      blockDuration: 5,
      storeClient: { status: 'end' },
      rejectIfRedisNotReady: true,
      insuranceLimiter: insurance,
    })
    await expect(limiter.consume('key', 10)).resolves.toMatchObject({ remainingPoints: 0 })
    await expect(limiter.consume('key')).rejects.toMatchObject({ msBeforeNext: 5_000 })
    await expect(limiter.get('key')).resolves.toMatchObject({ consumedPoints: 11 })
  })

  it('do not reset a window of 30 days, where the memory limiter forgets after a moment', async () => {
    const month = { points: 10, duration: 30 * 86_400 }
    const theirs = new RateLimiterMemory(month)
    const ours = aLimiter(month)
    const used: unknown[] = []
    for (const limiter of [theirs, ours]) {
      await limiter.consume('key', 3)
      vi.advanceTimersByTime(50)
      used.push((await limiter.consume('key')).consumedPoints)
    }
    // The library's timer overflows at 2^31 ms; the day it no longer does, this trap is gone.
    expect(used).toEqual([1, 4])
    vi.advanceTimersByTime(29 * 86_400_000)
    expect((await ours.consume('key')).consumedPoints).toBe(5)
  })
})
