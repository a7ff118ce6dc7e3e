const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const HALF_A_YEAR_MS = 183 * 86_400_000

const NOTHING = '-'

/** A day in UTC: `12 Nov`, with its year where that is not plain. */
export const dayText = (ms: number, nowMs: number): string => {
  const at = new Date(ms)
  if (Number.isNaN(at.getTime())) return NOTHING
  const day = `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`
  return Math.abs(nowMs - ms) < HALF_A_YEAR_MS ? day : `${day} ${at.getUTCFullYear()}`
}

/** A minute in UTC: `12 Nov 14:05`; `-` for what has not happened. */
export const minuteText = (ms: number | undefined, nowMs: number): string => {
  if (ms === undefined || !Number.isFinite(ms)) return NOTHING
  return `${dayText(ms, nowMs)} ${new Date(ms).toISOString().slice(11, 16)}`
}

/** A count with thousands set apart: `12,403`. */
export const countText = (count: number): string =>
  Number.isFinite(count) ? Math.round(count).toLocaleString('en-US') : NOTHING

/** A figure with as many digits as matter: `0.18`, `3.1`, `751`, `0.00065`, `2e-7`. */
export const figureText = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return NOTHING
  if (!Number.isFinite(value)) return value > 0 ? 'no end' : 'no end below'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1000) return countText(value)
  if (size < 1e-4) return value.toExponential(0)
  return String(Number(value.toPrecision(size >= 100 ? 3 : 2)))
}

/** A score or a probability, with the same number of digits in every row. */
export const fixedText = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits) : NOTHING

/** A probability with enough digits to tell 0.99 from 0.9999; what rounds to 0 or 1 is not said to be it. */
export const probabilityText = (value: number): string => {
  if (!Number.isFinite(value)) return NOTHING
  if (value > 0.999_995 && value < 1) return '>0.99999'
  if (value < 0.000_005 && value > 0) return '<0.00001'
  return value.toFixed(5)
}

const BARS = '▁▂▃▄▅▆▇█'
const MAX_BARS = 60

/** Counts over time as one row of bars, the highest one full; long rows keep the highest of each part. */
export const sparkline = (counts: readonly number[]): string => {
  const size = Math.max(1, Math.ceil(counts.length / MAX_BARS))
  const parts = Array.from({ length: Math.ceil(counts.length / size) }, (_, index) =>
    Math.max(0, ...counts.slice(index * size, (index + 1) * size).filter(Number.isFinite)),
  )
  const highest = Math.max(1, ...parts)
  return parts.map((part) => BARS[Math.round((part / highest) * (BARS.length - 1))]).join('')
}
