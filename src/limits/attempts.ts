import { randomInt } from 'node:crypto'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../core/seams.ts'
import { createCompactCounters } from './compact-counters.ts'
import { createFingerprints } from './fingerprint.ts'
import { RateLimiterCompact } from './rate-limiter-compact.ts'

/** Counts failed attempts by the minute, in the whole fleet where there is one. Never rejects. */
export type Attempts = {
  /** Milliseconds until this key may try again; 0 where it may now. */
  waitMs(key: string): Promise<number>
  /** Counts a failure; milliseconds to wait where it was one too many, else 0. */
  failed(key: string): Promise<number>
}

/** What attempts are counted with. */
export type AttemptsOptions = {
  readonly clock: Clock
  readonly perMinute: number
  /** A Redis client whose commands have a deadline, and the prefix of its keys; in memory without one. */
  readonly shared?: { readonly client: unknown; readonly prefix: string } | undefined
}

const WINDOW_S = 60
/** Keys counted each for itself; a flood of further ones shares counters and is stopped the sooner. */
const MAX_KEYS = 10_000
const INT32 = 2 ** 31
/**
 * rate-limiter-flexible over Redis with counters of this process as its insurance, or those counters
 * alone. They are kept warm by nothing: while Redis is gone each process begins at nothing, which is
 * at most `perMinute` a process more.
 */
export const createAttempts = ({ clock, perMinute, shared }: AttemptsOptions): Attempts => {
  const random = (): number => randomInt(2 * INT32) - INT32
  const fingerprints = createFingerprints({ k0: random(), k1: random() })
  const local = new RateLimiterCompact({
    counters: createCompactCounters({ fingerprints, maxKeys: MAX_KEYS }),
    fingerprints,
    clock,
    points: perMinute,
    duration: WINDOW_S,
  })
  const limiter =
    shared === undefined
      ? local
      : new RateLimiterRedis({
          storeClient: shared.client,
          keyPrefix: shared.prefix,
          points: perMinute,
          duration: WINDOW_S,
          insuranceLimiter: local,
          rejectIfRedisNotReady: true,
        })
  return {
    waitMs: async (key) => {
      // The library answers null for a key that is not counted.
      const seen = await limiter.get(key).catch(() => local.get(key))
      return seen !== null && seen.consumedPoints >= perMinute ? Math.max(1, seen.msBeforeNext) : 0
    },
    failed: async (key) => {
      try {
        await limiter.consume(key)
        return 0
      } catch (over) {
        // Over the limit rejects with a result; a broken store was the insurance's matter.
        return over instanceof RateLimiterRes ? Math.max(1, over.msBeforeNext) : WINDOW_S * 1_000
      }
    },
  }
}
