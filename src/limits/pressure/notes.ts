/** How one process finds one upstream. */
export type Report = {
  readonly upstream: string
  /** 0 to 1. */
  readonly pressure: number
  readonly callsPerS: number
}

/** Upstreams told of in a note, the first ones of the settings. */
const MAX_REPORTS = 64
/** Longest note that is written: a store may take no longer ones. */
const MOST_OWN_CHARS = 4_000
/** Longest note that is read. */
const MAX_NOTE_CHARS = 16_384
const MAX_CALLS_PER_S = 1_000_000

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000

/**
 * Reports as a short text: `[["main",0.42,120.5], …]`, upstream, pressure, calls a second; as many of them
 * as a store takes.
 */
export const writeNote = (reports: readonly Report[]): string => {
  let rows = ''
  for (const { upstream, pressure, callsPerS } of reports.slice(0, MAX_REPORTS)) {
    const row = JSON.stringify([upstream, rounded(pressure), rounded(callsPerS)])
    if (rows.length + row.length > MOST_OWN_CHARS) break
    rows += rows === '' ? row : `,${row}`
  }
  return `[${rows}]`
}

const isBetween = (value: unknown, most: number): value is number =>
  typeof value === 'number' && value >= 0 && value <= most

/** The reports of another process; what is not one is left out. Never throws. */
export const readNote = (note: string): readonly Report[] => {
  if (note.length > MAX_NOTE_CHARS) return []
  let rows: unknown
  try {
    rows = JSON.parse(note)
  } catch {
    return []
  }
  if (!Array.isArray(rows)) return []
  return rows.slice(0, MAX_REPORTS).flatMap((row: unknown) => {
    if (!Array.isArray(row)) return []
    // Any list may be read as one of unknown things.
    const [upstream, pressure, callsPerS] = row as readonly unknown[]
    const valid =
      typeof upstream === 'string' &&
      isBetween(pressure, 1) &&
      isBetween(callsPerS, MAX_CALLS_PER_S)
    return valid ? [{ upstream, pressure, callsPerS }] : []
  })
}
