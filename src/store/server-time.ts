/** What is known of the clock of a server from its answers. */
export type ServerTime = {
  /** An answer said that it is this time there. */
  learn(serverMs: number): void
  /** The time there by which something asked now must be carried out; `Infinity` before any answer. */
  latestMs(withinMs: number): number
}

const FORGET_MS = 10_000

/**
 * An answer is older than its arrival, so the furthest ahead of the recent ones is the truest; an older
 * one counts for 10 to 20 s, so that a clock that was set back is believed then. `now` is monotonic, in ms.
 */
export const createServerTime = (now: () => number = () => performance.now()): ServerTime => {
  let recent = Number.NEGATIVE_INFINITY
  let before = Number.NEGATIVE_INFINITY
  let turnAtMs = Number.NEGATIVE_INFINITY
  return {
    learn: (serverMs) => {
      const nowMs = now()
      if (nowMs >= turnAtMs) {
        before = recent
        recent = Number.NEGATIVE_INFINITY
        turnAtMs = nowMs + FORGET_MS
      }
      recent = Math.max(recent, serverMs - nowMs)
    },
    latestMs: (withinMs) => {
      const aheadMs = Math.max(recent, before)
      return Number.isFinite(aheadMs)
        ? Math.floor(now() + aheadMs + withinMs)
        : Number.POSITIVE_INFINITY
    },
  }
}
