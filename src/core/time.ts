const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** Milliseconds of a day. */
export const DAY_MS: number = UNIT_MS.d

/**
 * Milliseconds of a duration as people write it: a whole number and one of `s m h d`, such as `90s` or
 * `30d`. `undefined` for anything else, zero included.
 */
export const parseDurationMs = (text: string): number | undefined => {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text)
  if (match === null) return undefined
  // The pattern admits exactly the keys of UNIT_MS.
  const ms = Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]
  return Number.isSafeInteger(ms) ? ms : undefined
}

const UNITS_S = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/**
 * A duration as people read it, in at most two units: `1 h 12 min`, `45 s`. Rounded up to the smaller of
 * them, so that whoever waits as told does not come too early.
 */
export const formatDuration = (ms: number): string => {
  const exact = Math.max(0, Math.ceil(ms / 1000))
  const first = UNITS_S.findIndex(([, seconds]) => exact >= seconds)
  const [, step] = UNITS_S[first + 1] ?? ['s', 1]
  let rest = Math.ceil(exact / step) * step
  const parts: string[] = []
  for (const [name, seconds] of UNITS_S) {
    const count = Math.floor(rest / seconds)
    if (count > 0) parts.push(`${count} ${name}`)
    rest -= count * seconds
  }
  return parts.length === 0 ? '0 s' : parts.join(' ')
}
