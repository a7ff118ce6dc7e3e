/** Keeps a broken neighbour from being asked. */
export interface Breaker {
  /** Whether to ask now. While open, one probe is let through after each cool-down. */
  allows(nowMs: number): boolean
  succeeded(): void
  failed(nowMs: number): void
  readonly open: boolean
}

const FAILURES = 5
const FIRST_COOL_DOWN_MS = 1_000
const MAX_COOL_DOWN_MS = 15_000

/** Opens after five failures in a row, then probes after 1 s, doubling up to 15 s, until one succeeds. */
export const createBreaker = (): Breaker => {
  let failures = 0
  let coolDownMs = FIRST_COOL_DOWN_MS
  let closedAgainMs = 0
  let probing = false
  return {
    allows: (nowMs) => {
      if (failures < FAILURES) return true
      if (probing || nowMs < closedAgainMs) return false
      probing = true
      return true
    },
    succeeded: () => {
      failures = 0
      probing = false
      coolDownMs = FIRST_COOL_DOWN_MS
    },
    failed: (nowMs) => {
      failures++
      if (failures < FAILURES) return
      // Failures of questions asked before it opened do not lengthen the cool-down.
      if (probing) coolDownMs = Math.min(coolDownMs * 2, MAX_COOL_DOWN_MS)
      else if (failures > FAILURES) return
      probing = false
      closedAgainMs = nowMs + coolDownMs
    },
    get open() {
      return failures >= FAILURES
    },
  }
}
