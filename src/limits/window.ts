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

/** How a counter stands after `amount` was charged at a time, in the running window or in a new one. */
export const chargedAt = (
  window: Window,
  { used, previous, expiresMs }: Reading,
  amount: number,
  nowMs: number,
): Reading => {
  const freshMs = expiryAt(window, nowMs)
  if (window.align === 'rolling' && expiresMs === freshMs - window.lengthMs) {
    return { used: amount, previous: used, expiresMs: freshMs }
  }
  if (nowMs >= expiresMs) return { used: amount, previous: 0, expiresMs: freshMs }
  return { used: used + amount, previous, expiresMs: Math.min(expiresMs, freshMs) }
}

/**
 * How a counter stands after an amount was added in the window that ends at `chargeExpiresMs`. Where
 * two first-use windows run side by side, since they were opened by two processes out of each other's
 * sight, they become one, which ends when the added one does. What is given back in a window that is
 * not known any more is kept: stricter, never looser.
 */
export const addedIn = (
  { align, lengthMs }: Window,
  counter: Reading,
  amount: number,
  chargeExpiresMs: number,
  nowMs: number,
): Reading => {
  const { used, previous, expiresMs } = counter
  if (expiresMs === chargeExpiresMs) return { used: used + amount, previous, expiresMs }
  if (align === 'rolling') {
    if (expiresMs === chargeExpiresMs + lengthMs) {
      return { used, previous: previous + amount, expiresMs }
    }
    if (chargeExpiresMs < expiresMs) return counter
    const next = expiresMs === chargeExpiresMs - lengthMs
    return { used: amount, previous: next ? used : 0, expiresMs: chargeExpiresMs }
  }
  if (expiresMs <= nowMs) return { used: amount, previous: 0, expiresMs: chargeExpiresMs }
  if (amount < 0) return counter
  return { used: used + amount, previous: 0, expiresMs: chargeExpiresMs }
}

/**
 * Two counts of one counter as one. A count does not say how its windows are placed: those of the same
 * end are added up; of different ones, all that was used counts until the later end, which is stricter
 * than either, and what was given back in another window than the first one's is kept.
 */
export const mergedAt = (counter: Reading, other: Reading, nowMs: number): Reading => {
  if (other.expiresMs <= nowMs) return counter
  if (counter.expiresMs <= nowMs) return other
  if (counter.expiresMs === other.expiresMs) {
    return {
      used: counter.used + other.used,
      previous: counter.previous + other.previous,
      expiresMs: counter.expiresMs,
    }
  }
  return {
    used: counter.used + Math.max(0, other.used),
    previous: Math.max(counter.previous, other.previous),
    expiresMs: Math.max(counter.expiresMs, other.expiresMs),
  }
}
