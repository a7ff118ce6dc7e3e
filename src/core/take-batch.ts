import {
  CLAIM_NUMBERS,
  packTaken,
  READING_NUMBERS,
  TAKEN_HEAD,
  unpackClaims,
  unpackTaken,
  writeClaims,
} from './ledger-form.ts'
import { LedgerFailure, type Claim, type Taken } from './ledger.ts'

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

/** Options of {@link createTakeBatch}. */
export type TakeBatchOptions = {
  /** Numbers left free in front. */
  readonly head: number
  /**
   * Is given all claims in order and the packed batch: for each call the number of its claims, then
   * those as {@link writeClaims} has them. Answers with the numbers of all answers in turn, each as
   * {@link packTaken} has it.
   */
  readonly ask: (claims: readonly Claim[], packed: Float64Array) => Promise<Float64Array>
  /** Hears of every answer before the call does. */
  readonly heard?: (taken: Taken) => Taken
  /** Has the batch flushed at the end of this turn of the event loop; `setImmediate` unless told. */
  readonly later?: (flush: () => void) => void
}

/** Redis unpacks the keys of a script onto a stack of some 8,000; this is far from it. */
const MOST_CLAIMS = 512
/** In place of yes or no: of this call nothing was carried out, for want of room. */
const REFUSED = 2

/**
 * Collects the calls of one turn of the event loop, for one question. Chosen by measurement
 * (`test/bench/redis-admissions.ts`, six limits, 32 calls under way, two busy cores): 30,000 admissions a
 * second at 6 µs of this process each; with a script for every call 17,000 to 28,000 at 17 µs; with six
 * limiters of rate-limiter-flexible side by side 9,000 to 21,000 at 45 µs, and with automatic pipelining
 * 7,000 to 15,000 at 54 µs. A call alone waits no longer for it.
 */
export const createTakeBatch = (options: TakeBatchOptions): TakeBatch => {
  const { head, ask, heard } = options
  const later = options.later ?? ((sends: () => void) => void setImmediate(sends))
  let waiting: Waiting[] = []
  let claimCount = 0

  const answer = (calls: readonly Waiting[], numbers: Float64Array): void => {
    let expected = 0
    for (const { claims } of calls) expected += TAKEN_HEAD + claims.length * READING_NUMBERS
    if (numbers.length !== expected) {
      const what = `${numbers.length} numbers where ${expected} are due`
      for (const { reject } of calls) {
        reject(new LedgerFailure('nonsense', `the shared counters answered with ${what}`))
      }
      return
    }
    let at = 0
    for (const { claims, resolve, reject } of calls) {
      const end = at + TAKEN_HEAD + claims.length * READING_NUMBERS
      try {
        if (numbers[at + 1] === REFUSED) {
          throw new LedgerFailure('refused', 'the shared counters have no room for the call')
        }
        const taken = unpackTaken(numbers.subarray(at, end), claims.length)
        resolve(heard === undefined ? taken : heard(taken))
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
      if (waiting.length === 0) later(flush)
      claimCount += claims.length
      return new Promise((resolve, reject) => {
        waiting.push({ claims, resolve, reject })
      })
    },
  }
}

/** The calls of a packed batch without its head. Throws `nonsense` for numbers that are none. */
const unpackCalls = (packed: Float64Array): readonly (readonly Claim[])[] => {
  const calls: Claim[][] = []
  for (let at = 0; at < packed.length;) {
    const claims = packed[at] ?? -1
    const end = at + 1 + claims * CLAIM_NUMBERS
    if (!Number.isInteger(claims) || claims < 0 || end > packed.length) {
      throw new LedgerFailure('nonsense', 'a batch of calls that ends within one')
    }
    calls.push(unpackClaims(packed.subarray(at + 1, end)))
    at = end
  }
  return calls
}

/**
 * Answers a packed batch without head by asking `take` for one call after the other. A call for which
 * there is no room is refused alone; any other failure is that of the batch, which only begins once all
 * of it was read, so it must be one that every call meets.
 */
export const answerTakes = (
  packed: Float64Array,
  take: (claims: readonly Claim[]) => Taken,
): Float64Array => {
  const calls = unpackCalls(packed)
  let size = 0
  for (const claims of calls) size += TAKEN_HEAD + claims.length * READING_NUMBERS
  const answers = new Float64Array(size)
  let at = 0
  for (const claims of calls) {
    try {
      answers.set(packTaken(take(claims)), at)
    } catch (error) {
      if (!(error instanceof LedgerFailure) || error.kind !== 'refused') throw error
      answers[at + 1] = REFUSED
    }
    at += TAKEN_HEAD + claims.length * READING_NUMBERS
  }
  return answers
}
