/** A first byte that takes more than this many times as long as is usual is slow. */
const SLOW_TIMES = 3
/** It must also be this much later: no user feels less, and small numbers scatter. */
const SLOW_BY_MS = 100
/** First bytes of a class before any is judged. */
const LEARNING = 32
/** How fast what is usual follows, in natural logarithms a second: twofold takes twelve minutes. */
const DRIFT_PER_S = 0.001
const MAX_PAUSE_S = 10
const MAX_CLASSES = 64
/** A class that was not seen for so long may make room for another. */
const IDLE_MS = 600_000

type Baseline = { seen: number; logMs: number; lastMs: number }

/** What is usual for the first byte of each class of calls to one upstream. */
export type Baselines = {
  /** Takes a first byte into account; whether it was slow, `undefined` while too few were seen. */
  readonly judge: (name: string, firstByteMs: number, nowMs: number) => boolean | undefined
  /** Whether a wait without a first byte was already too long; else nothing is known of it. */
  readonly waitedTooLong: (name: string, waitedMs: number) => true | undefined
}

/**
 * The usual first byte by class, such as a model: the geometric mean of the first 32, from then on a
 * median that follows slowly, by a step up for a longer one and a step down for a shorter one (the frugal
 * quantile of Ma, Muthukrishnan and Sandler, 2013, with steps by time in place of steps by call, so that
 * a burst cannot move it). So each call is held against its own model, a slow one among fast ones is
 * usual, and a lasting change becomes so within a quarter of an hour.
 *
 * Names come from callers: of at most 64 classes, those idle for ten minutes make room, and what finds
 * none is not judged.
 */
export const createBaselines = (): Baselines => {
  const classes = new Map<string, Baseline>()

  const place = (name: string, nowMs: number): Baseline | undefined => {
    const known = classes.get(name)
    if (known !== undefined) return known
    if (classes.size >= MAX_CLASSES) {
      for (const [other, { lastMs }] of classes) {
        if (nowMs - lastMs > IDLE_MS) classes.delete(other)
      }
      if (classes.size >= MAX_CLASSES) return undefined
    }
    const made = { seen: 0, logMs: 0, lastMs: nowMs }
    classes.set(name, made)
    return made
  }

  const isSlow = ({ logMs }: Baseline, ms: number): boolean => {
    const usualMs = Math.exp(logMs)
    return ms > SLOW_TIMES * usualMs && ms > usualMs + SLOW_BY_MS
  }

  return {
    judge: (name, firstByteMs, nowMs) => {
      const baseline = place(name, nowMs)
      if (baseline === undefined) return undefined
      const log = Math.log(Math.max(1, firstByteMs))
      const pauseS = Math.min(MAX_PAUSE_S, Math.max(0, (nowMs - baseline.lastMs) / 1_000))
      baseline.lastMs = nowMs
      if (baseline.seen < LEARNING) {
        baseline.seen++
        baseline.logMs += (log - baseline.logMs) / baseline.seen
        return undefined
      }
      const slow = isSlow(baseline, firstByteMs)
      const step = Math.min(Math.abs(log - baseline.logMs), pauseS * DRIFT_PER_S)
      baseline.logMs += log > baseline.logMs ? step : -step
      return slow
    },
    waitedTooLong: (name, waitedMs) => {
      const baseline = classes.get(name)
      if (baseline === undefined || baseline.seen < LEARNING) return undefined
      return isSlow(baseline, waitedMs) ? true : undefined
    },
  }
}
