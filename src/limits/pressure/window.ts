/** What one call told of its upstream. */
export type Outcome = {
  /** When it was let in, in milliseconds since the epoch. */
  readonly letInMs: number
  /** Who made it, by whatever names a caller: an account, else a credential. */
  readonly caller: string
  /** Whether the upstream refused it for want of room, failed, or could not be reached. */
  readonly refused: boolean
  /** Whether its first byte took much longer than is usual; `undefined` where that cannot be told. */
  readonly slow: boolean | undefined
}

/** What the latest calls say together. */
type Finding = 'refusing' | 'slow' | 'well'

/** Outcomes by tick. */
export type OutcomeWindow = {
  /** Takes one into the tick that runs. */
  readonly add: (outcome: Outcome) => void
  readonly finding: () => Finding
  /** Moves on by so many ticks. */
  readonly turn: (ticks: number) => void
  readonly clear: () => void
}

type Bucket = {
  calls: number
  refused: number
  timed: number
  slow: number
  readonly callers: Set<string>
  readonly refusedCallers: Set<string>
  readonly slowCallers: Set<string>
}

const BUCKETS = 10
/** Fewer calls than this say nothing: one failure of two is no congestion. */
const MIN_CALLS = 10
/** Providers fail about one call in a hundred on a good day. */
const REFUSED_SHARE = 0.1
const MIN_REFUSED = 5
/** What at least so many callers meet is not the doing of one of them, such as a key over its own limit. */
const MIN_CALLERS = 3
/** Callers told apart in a tick. */
const MOST_CALLERS = 256

const emptyBucket = (): Bucket => ({
  calls: 0,
  refused: 0,
  timed: 0,
  slow: 0,
  callers: new Set(),
  refusedCallers: new Set(),
  slowCallers: new Set(),
})

const note = (callers: Set<string>, caller: string): void => {
  if (callers.size < MOST_CALLERS) callers.add(caller)
}

const merge = (into: Set<string>, from: ReadonlySet<string>): void => {
  for (const caller of from) note(into, caller)
}

/**
 * Outcomes of the last ten ticks. It looks back only as far as it takes to have seen ten calls, so that
 * busy traffic is judged by its last second and light traffic by its last ten, and too little by nothing
 * at all. Bounded: a few counts and at most nine callers a tick.
 */
export const createOutcomeWindow = (): OutcomeWindow => {
  const buckets = Array.from({ length: BUCKETS }, emptyBucket)
  let at = 0

  const empty = (bucket: Bucket): void => {
    bucket.calls = bucket.refused = bucket.timed = bucket.slow = 0
    bucket.callers.clear()
    bucket.refusedCallers.clear()
    bucket.slowCallers.clear()
  }

  return {
    add: ({ caller, refused, slow }) => {
      const bucket = buckets[at]
      if (bucket === undefined) return
      bucket.calls++
      note(bucket.callers, caller)
      if (refused) {
        bucket.refused++
        note(bucket.refusedCallers, caller)
      }
      if (slow === undefined) return
      bucket.timed++
      if (slow) {
        bucket.slow++
        note(bucket.slowCallers, caller)
      }
    },

    finding: () => {
      const sum = emptyBucket()
      for (let back = 0; back < BUCKETS && sum.calls < MIN_CALLS; back++) {
        const bucket = buckets[(at - back + BUCKETS) % BUCKETS]
        if (bucket === undefined) break
        sum.calls += bucket.calls
        sum.refused += bucket.refused
        sum.timed += bucket.timed
        sum.slow += bucket.slow
        merge(sum.callers, bucket.callers)
        merge(sum.refusedCallers, bucket.refusedCallers)
        merge(sum.slowCallers, bucket.slowCallers)
      }
      if (sum.calls < MIN_CALLS) return 'well'
      const several = Math.min(MIN_CALLERS, sum.callers.size)
      const refusing =
        sum.refused >= MIN_REFUSED &&
        sum.refused > REFUSED_SHARE * sum.calls &&
        sum.refusedCallers.size > REFUSED_SHARE * sum.callers.size
      if (refusing && sum.refusedCallers.size >= several) return 'refusing'
      const slow = sum.timed >= MIN_CALLS / 2 && 2 * sum.slow > sum.timed
      return slow && sum.slowCallers.size >= several ? 'slow' : 'well'
    },

    turn: (ticks) => {
      for (let step = 0; step < Math.min(ticks, BUCKETS); step++) {
        at = (at + 1) % BUCKETS
        const bucket = buckets[at]
        if (bucket !== undefined) empty(bucket)
      }
    },

    clear: () => buckets.forEach(empty),
  }
}
