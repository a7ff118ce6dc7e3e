import {
  CLAIM_NUMBERS,
  READING_NUMBERS,
  TAKEN_HEAD,
  unpackTaken,
  writeClaims,
} from '../core/ledger-form.ts'
import { LedgerFailure, type Claim, type Taken } from '../core/ledger.ts'

/** A call that waits for its answer. */
type Waiting = {
  readonly claims: readonly Claim[]
  readonly resolve: (taken: Taken) => void
  readonly reject: (failure: unknown) => void
}

/** Calls of one moment that are asked together. */
export type TakeBatch = {
  take(claims: readonly Claim[]): Promise<Taken>
  /** Sends what was collected at once, so that what is asked next comes after it. */
  flush(): void
}

/** Redis unpacks the keys of a script onto a stack of some 8,000; this is far from it. */
const MOST_CLAIMS = 512

/**
 * Collects the calls of one turn of the event loop, for one script. Chosen by measurement
 * (`test/bench/redis-admissions.ts`, six limits, 32 calls under way, two busy cores): 30,000 admissions a
 * second at 6 µs of this process each; with a script for every call 17,000 to 28,000 at 17 µs; with six
 * limiters of rate-limiter-flexible side by side 9,000 to 21,000 at 45 µs, and with automatic pipelining
 * 7,000 to 15,000 at 54 µs. A call alone waits no longer for it. `ask` is given all claims in order and the numbers
 * of `take.lua`, `head` of them left free in front, and answers with the numbers of the reply.
 */
export const createTakeBatch = (options: {
  readonly head: number
  readonly ask: (claims: readonly Claim[], packed: Float64Array) => Promise<Float64Array>
  /** Hears of every answer before the call does. */
  readonly heard: (taken: Taken) => Taken
}): TakeBatch => {
  const { head, ask, heard } = options
  let waiting: Waiting[] = []
  let claimCount = 0

  const answer = (calls: readonly Waiting[], numbers: Float64Array): void => {
    let expected = 0
    for (const { claims } of calls) expected += TAKEN_HEAD + claims.length * READING_NUMBERS
    if (numbers.length !== expected) {
      const what = `${numbers.length} numbers where ${expected} are due`
      for (const { reject } of calls) {
        reject(new LedgerFailure('nonsense', `Redis answered with ${what}`))
      }
      return
    }
    let at = 0
    for (const { claims, resolve, reject } of calls) {
      const end = at + TAKEN_HEAD + claims.length * READING_NUMBERS
      try {
        resolve(heard(unpackTaken(numbers.subarray(at, end), claims.length)))
      } catch (error) {
        reject(error)
      }
      at = end
    }
  }

  const flush = (): void => {
    if (waiting.length === 0) return
    const calls = waiting
    const packed = new Float64Array(head + calls.length + claimCount * CLAIM_NUMBERS)
    const all: Claim[] = []
    waiting = []
    claimCount = 0
    let at = head
    for (const { claims } of calls) {
      packed[at] = claims.length
      writeClaims(claims, packed, at + 1)
      at += 1 + claims.length * CLAIM_NUMBERS
      for (const claim of claims) all.push(claim)
    }
    ask(all, packed).then(
      (numbers) => answer(calls, numbers),
      (error: unknown) => {
        for (const { reject } of calls) reject(error)
      },
    )
  }

  return {
    flush,
    take: (claims) => {
      if (claims.length > MOST_CLAIMS) {
        return Promise.reject(new LedgerFailure('refused', `${claims.length} limits for one call`))
      }
      if (claimCount + claims.length > MOST_CLAIMS) flush()
      if (waiting.length === 0) setImmediate(flush)
      claimCount += claims.length
      return new Promise((resolve, reject) => {
        waiting.push({ claims, resolve, reject })
      })
    },
  }
}
