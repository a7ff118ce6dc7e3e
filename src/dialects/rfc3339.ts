const S_MS = 1_000
const DAY_S = 86_400
/** Resets lie within 90 days of now. */
const MAX_DAYS = 128

const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, n) =>
  String(n).padStart(2, '0'),
)
const days = new Map<number, string>()

const dayText = (day: number): string => {
  const known = days.get(day)
  if (known !== undefined) return known
  if (days.size >= MAX_DAYS) days.clear()
  const text = new Date(day * DAY_S * S_MS).toISOString().slice(0, 11)
  days.set(day, text)
  return text
}

/** A time in whole seconds of UTC, rounded up: `2026-04-22T10:00:05Z`. Only a new day formats a date. */
export const rfc3339 = (atMs: number): string => {
  const seconds = Math.ceil(atMs / S_MS)
  const day = Math.floor(seconds / DAY_S)
  const rest = seconds - day * DAY_S
  const minutes = Math.floor(rest / 60)
  return `${dayText(day)}${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[rest % 60]}Z`
}

const SHAPE = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

/** Milliseconds since the epoch of a time as RFC 3339 writes it, `undefined` for anything else. */
export const parseRfc3339 = (text: string): number | undefined => {
  if (text.length > 40 || !SHAPE.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}
