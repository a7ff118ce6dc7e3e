import type { Clock } from '../../src/core/seams.ts'

/** A clock that stands still until a test moves it. */
export const createFakeClock = (
  startMs = Date.UTC(2026, 3, 22),
): Clock & { advance(ms: number): void } => {
  let nowMs = startMs
  return {
    now: () => nowMs,
    advance: (ms) => {
      nowMs += ms
    },
  }
}
