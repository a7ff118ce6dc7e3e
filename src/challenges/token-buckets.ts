import { LRUCache } from 'lru-cache'
import type { Clock } from '../core/seams.ts'

/** A bounded number of token buckets, one a key. */
export interface TokenBuckets {
  /** Milliseconds until a token is there; 0 where there is one now. Takes nothing. */
  waitMs(key: string): number
  /** Takes a token, where there is one; milliseconds until there is one, else 0. */
  take(key: string): number
  /** How many keys are held. */
  readonly size: number
}

/** How full buckets get, and how fast. */
export type BucketOptions = {
  readonly clock: Clock
  readonly capacity: number
  /** Milliseconds in which an empty bucket fills. */
  readonly refillMs: number
  /** Keys held at most; beyond them the ones asked for least lately begin anew. */
  readonly maxKeys: number
}

/** What sums of fractions may be off by. */
const ROUNDING = 1e-9

type Bucket = { tokens: number; atMs: number }

/**
 * Token buckets as in RFC 2697 without colours: each begins full and fills evenly. A clock that steps back
 * adds nothing and takes nothing.
 */
export const createTokenBuckets = (options: BucketOptions): TokenBuckets => {
  const { clock, capacity, refillMs, maxKeys } = options
  const perMs = capacity / refillMs
  const buckets = new LRUCache<string, Bucket>({ max: maxKeys })

  const filled = (key: string): Bucket => {
    const nowMs = clock.now()
    const bucket = buckets.get(key) ?? { tokens: capacity, atMs: nowMs }
    const elapsedMs = Math.max(0, nowMs - bucket.atMs)
    bucket.tokens = Math.min(capacity, bucket.tokens + elapsedMs * perMs)
    bucket.atMs = nowMs
    return bucket
  }
  const waitOf = ({ tokens }: Bucket): number => {
    const lacking = 1 - ROUNDING - tokens
    return lacking <= 0 ? 0 : Math.max(1, Math.ceil(lacking / perMs))
  }

  return {
    waitMs: (key) => waitOf(filled(key)),
    take: (key) => {
      const bucket = filled(key)
      const waitMs = waitOf(bucket)
      if (waitMs === 0) bucket.tokens -= 1
      buckets.set(key, bucket)
      return waitMs
    },
    get size() {
      return buckets.size
    },
  }
}
