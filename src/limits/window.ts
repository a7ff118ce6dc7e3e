import type { Reading, Window } from '../core/ledger.ts'

/**
 * When a counter charged now says nothing any more. `utc` and `rolling` windows lie on multiples of
 * their length since the epoch: days begin at midnight UTC, weeks on Thursdays.
 */
export const expiryAt = ({ align, lengthMs }: Window, nowMs: number): number => {
  if (align === 'first_use') return nowMs + lengthMs
  const endMs = nowMs - (nowMs % lengthMs) + lengthMs
  return align === 'rolling' ? endMs + lengthMs : endMs
}

/**
 * What is used up at a time. A rolling window is estimated as the running window plus the share of the
 * one before that has not slid out yet, as if that one had been used evenly (the sliding window counter
 * of Cloudflare's rate limiter). Even use is counted exactly. The estimate never exceeds the quota, and
 * neither does an aligned window; a caller that spends everything at the end of one window and the rest
 * as it slides free can reach, in the worst placed window of that length, just under twice the quota.
 */
export const usedAt = (
  { align, lengthMs }: Window,
  used: number,
  previous: number,
  expiresMs: number,
  nowMs: number,
): number => {
  if (nowMs >= expiresMs) return 0
  if (align !== 'rolling') return used
  const endMs = expiresMs - lengthMs
  if (nowMs >= endMs) return (used * (expiresMs - nowMs)) / lengthMs
  return used + Math.min(previous, (previous * (endMs - nowMs)) / lengthMs)
}

const leftMs = (untilMs: number, nowMs: number, longestMs: number): number =>
  Math.max(0, Math.min(untilMs - nowMs, longestMs))

/** Milliseconds until nothing is used any more if nothing more is charged. */
export const resetMsAt = (
  { align, lengthMs }: Window,
  used: number,
  previous: number,
  expiresMs: number,
  nowMs: number,
): number => {
  if (align === 'utc') return lengthMs - (nowMs % lengthMs)
  if (align === 'first_use') return leftMs(expiresMs, nowMs, lengthMs)
  if (used > 0) return leftMs(expiresMs, nowMs, 2 * lengthMs)
  return previous > 0 ? leftMs(expiresMs - lengthMs, nowMs, lengthMs) : 0
}

/**
 * Milliseconds until `amount`, which does not fit now and is no more than `quota`, fits if nothing
 * more is charged. A quota of 0 never fits; the answer then is when asking again may make sense.
 */
export const waitMsAt = (
  window: Window,
  counter: Reading,
  amount: number,
  quota: number,
  nowMs: number,
): number => {
  const { align, lengthMs } = window
  const { used, previous, expiresMs } = counter
  if (!(quota > 0) || align !== 'rolling') {
    return Math.ceil(resetMsAt(window, used, previous, expiresMs, nowMs)) || lengthMs
  }
  const turned = nowMs >= expiresMs - lengthMs
  const endMs = turned ? expiresMs : expiresMs - lengthMs
  const running = turned ? 0 : used
  const sliding = turned ? used : previous
  const room = quota - amount
  const fitsAtMs =
    running <= room
      ? endMs - ((room - running) * lengthMs) / sliding
      : endMs + lengthMs - (room * lengthMs) / running
  const waitMs = Math.max(1, Math.ceil(fitsAtMs - nowMs))
  // The division can round to a moment just before or just after the one at which the amount fits.
  const fitsAfter = (ms: number) =>
    usedAt(window, used, previous, expiresMs, nowMs + ms) <= quota - amount
  if (!fitsAfter(waitMs)) return waitMs + 1
  return waitMs > 1 && fitsAfter(waitMs - 1) ? waitMs - 1 : waitMs
}
