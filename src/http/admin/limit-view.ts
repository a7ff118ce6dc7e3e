import { shownAmount, unitOf } from '../../core/amount-text.ts'
import type { LimitState } from '../../core/decision.ts'

/**
 * A counter as operators read it: amounts in `unit`, money in dollars. Until `resets_at` nothing that
 * was used comes back in windows that are not rolling; calls in progress have no such time.
 */
export const limitView = (state: LimitState, atMs: number): object => {
  const { counted, quota, remaining, resetMs, windowMs } = state
  const shown = (amount: number): number => shownAmount(counted, amount)
  return {
    limit: state.limit,
    counted,
    unit: unitOf(counted),
    quota: shown(quota),
    consumed: shown(quota - remaining),
    remaining: shown(remaining),
    reset_ms: resetMs,
    resets_at: windowMs === 0 ? undefined : new Date(atMs + resetMs).toISOString(),
    window_ms: windowMs,
    enforced: state.enforced,
  }
}
