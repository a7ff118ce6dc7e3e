import type { Counted, LimitState } from '../core/decision.ts'

/**
 * Whether a caller is told of a limit: its own, enforced, over a window. What a group shares is never
 * told, in no header: it would show one member what the others do.
 */
export const isTold = (state: LimitState): boolean =>
  state.own &&
  state.enforced &&
  state.windowMs > 0 &&
  Number.isFinite(state.quota) &&
  Number.isFinite(state.remaining) &&
  Number.isFinite(state.resetMs)

/** Milliseconds until the window ends, `ageMs` after the limits were asked: 0 to its length. */
export const leftMsOf = ({ resetMs, windowMs }: LimitState, ageMs: number): number =>
  Math.max(0, Math.min(resetMs, windowMs) - ageMs)

/** The most that is told: the largest Integer of a structured field (RFC 9651 section 3.3.1). */
const MAX_AMOUNT = 999_999_999_999_999

/** An amount as headers tell it: a whole number of at least 0. */
export const toldAmount = (amount: number): number =>
  Math.min(MAX_AMOUNT, Math.max(0, Math.floor(amount)))

/** Whether the first leaves less room: less is left, or the same for longer. */
export const isTighter = (
  a: { readonly remaining: number; readonly resetMs: number },
  b: { readonly remaining: number; readonly resetMs: number },
): boolean => a.remaining < b.remaining || (a.remaining === b.remaining && a.resetMs > b.resetMs)

/** The tightest limit over one thing that a caller is told of. */
export const tightestOf = (
  limits: readonly LimitState[],
  counted: Counted,
): LimitState | undefined => {
  let tightest: LimitState | undefined
  for (const state of limits) {
    if (state.counted !== counted || !isTold(state)) continue
    if (tightest === undefined || isTighter(state, tightest)) tightest = state
  }
  return tightest
}
