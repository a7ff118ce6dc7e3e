import type { Detector } from '../detector-seam.ts'

const AHEAD_MS = 60_000

/**
 * Whether a detector believes in a time more than a minute ahead, as one does whose machine had a wrong
 * clock for a while: it makes no pass before then, unless it is told the time.
 */
export const isClockAhead = (detector: Pick<Detector, 'status'>, nowMs: number): boolean => {
  const { lastObservedMs = 0, lastPassMs = 0 } = detector.status()
  return Math.max(lastObservedMs, lastPassMs) > nowMs + AHEAD_MS
}
