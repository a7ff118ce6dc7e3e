/**
 * How far a call may lag behind the newest one. A call carries the time at which it arrived and is
 * counted after its body was read, which the listener's timeouts keep well below this.
 */
const MAX_LAG_MS = 600_000

/** Time for counters. */
export type SteadyTime = {
  /** The time to count at, which becomes the newest. */
  at(atMs: number): number
  /** The same without remembering it. */
  peek(atMs: number): number
  /** The newest time seen; 0 before the first. */
  latestMs(): number
}

/**
 * Time that does not run backwards when calls come out of order, so that a late call cannot reopen a
 * window that has ended. A step back of more than ten minutes is the clock being set: it is followed,
 * since counters would stand still otherwise.
 */
export const createSteadyTime = (): SteadyTime => {
  let latestMs = 0
  const peek = (atMs: number): number => {
    if (!Number.isFinite(atMs)) return latestMs
    return atMs >= latestMs || atMs < latestMs - MAX_LAG_MS ? atMs : latestMs
  }
  return {
    peek,
    at: (atMs) => {
      latestMs = peek(atMs)
      return latestMs
    },
    latestMs: () => latestMs,
  }
}
