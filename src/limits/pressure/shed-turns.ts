/** The golden ratio: its multiples fall most evenly between 0 and 1 and never into a rhythm (Weyl, 1916). */
const GOLDEN = 0.618_033_988_749_894_8
/** How many calls that waited may be let through ahead of the count. */
const MOST_AHEAD = 2
const MOST_BEHIND = 1

/** Who passes of those who come one after the other. */
export type Turns = {
  /** Whether the next call passes. One that waited its time goes ahead of others, as far as there is a part. */
  readonly passes: (part: number, waited: boolean) => boolean
  /** 0 to below 1, another one each time; spreads waits. */
  readonly spread: () => number
}

/**
 * Lets a given part of calls through without chance, so that a replay finds the same ones: what is owed
 * adds up, and a call passes where it reaches a threshold that moves with the golden ratio. The count
 * stays within a few calls of what the part asks for; and no rhythm of two callers can leave all of it to
 * one of them, as a plain accumulator would.
 */
export const createTurns = (): Turns => {
  let owed = 0
  let threshold = 0

  return {
    passes: (part, waited) => {
      threshold = (threshold + GOLDEN) % 1
      if (part >= 1) return true
      if (part <= 0) return false
      owed = Math.min(MOST_BEHIND, owed) + part
      const least = waited ? 1 - MOST_AHEAD : threshold
      if (owed < least) return false
      owed -= 1
      return true
    },
    spread: () => threshold,
  }
}
