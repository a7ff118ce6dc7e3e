import type { Random } from './random.ts'

/** How API clients that are programs behave over time, measured on traces of such clients. */
export type Programs = {
  /** Spread of daily volume between them, on a log scale. */
  readonly logSd: number
  /** Variation (sd over mean) of the pauses between the calls of one client. */
  readonly gapCv: (random: Random) => number
  /** Variation of one client's volume from day to day, over its active days. */
  readonly dayCv: (random: Random) => number
}

/** A draw from a distribution told by its sorted values, evenly apart in rank. */
export const drawFrom =
  (sorted: readonly number[]): ((random: Random) => number) =>
  (random) => {
    const at = random.unit() * (sorted.length - 1)
    const low = sorted[Math.floor(at)] ?? 0
    return low + (at % 1) * ((sorted[Math.ceil(at)] ?? low) - low)
  }

/**
 * Quantiles of the ServeGen traces of Alibaba (Apache-2.0): 5, 15 ... 95 % of the clients' median variation
 * in windows of ten minutes, and of their daily volumes over a week or more. Three windows in four vary by
 * more than 1; one client in ten varies by less than 0.15 from day to day.
 */
export const BUILT_IN_PROGRAMS: Programs = {
  logSd: 2,
  gapCv: drawFrom([0.69, 0.95, 1, 1.05, 1.13, 1.34, 1.69, 2.18, 3.17, 8.58]),
  dayCv: drawFrom([0.11, 0.2, 0.33, 0.44, 0.57, 0.66, 0.84, 1.04, 1.51, 2.11]),
}
