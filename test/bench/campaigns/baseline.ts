import type { Observation } from '../../../src/core/campaign.ts'

/**
 * Another way to meet a campaign, small and honest: it sees the same calls in the same order as the guard,
 * by the same observations, and says of each whether it acts on it. Settings are compared in one run, and
 * of each family the best one is reported, chosen with hindsight: that favours the baseline.
 */
export type Baseline = {
  readonly family: string
  /** What differs, such as `100 calls a day`. */
  readonly settings: readonly string[]
  /**
   * Takes the next call. One answer a setting: whether its caller is refused, or was found out before. The
   * array is the same one every time.
   */
  readonly take: (observation: Observation) => readonly boolean[]
}

/** How often a graph is built anew, in milliseconds of the calls' own time. */
export const GRAPH_PASS_MS: number = 6 * 3_600_000

/** Entities of a group before anybody acts on it: the same for every graph. */
export const GRAPH_MIN_GROUP = 25
