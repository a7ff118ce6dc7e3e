import type { Tally } from './axis-marks.ts'
import { binomialLogRatio, binomialUpper } from './statistics.ts'

/** Members with an answer below which a share is not judged. */
const MEMBERS_FROM = 10
/** Share of the members that must have an answer: the rest might say no. */
const ANSWERED_FROM = 0.3
const SHARE_FROM = 0.3
const P_BELOW = 1e-6
/** How many times the rate of the reference, as far as there is room for it. */
const LIFT_FROM = 3
const LIFTED_AT_MOST = 0.8

/** A share of members against the rate of the reference. */
export type ShareJudged = {
  readonly positive: boolean
  /** Share of those with an answer, 0 to 1. */
  readonly share: number
  readonly threshold: number
  readonly logRatio: number
}

/** Share that is not explained by the reference rate, however many members there are. */
export const shareThreshold = (rate: number): number =>
  Math.max(SHARE_FROM, Math.min(LIFTED_AT_MOST, LIFT_FROM * rate))

/**
 * Whether more members say yes than the reference explains: one-sided binomial test, and an effect of at
 * least 30 % and three times the rate, so that a large group is not judged for a small difference.
 */
export const judgeShare = ({ yes, of }: Tally, rate: number, members: number): ShareJudged => {
  const share = of === 0 ? 0 : yes / of
  const threshold = shareThreshold(rate)
  const positive =
    of >= MEMBERS_FROM &&
    of >= ANSWERED_FROM * members &&
    share >= threshold &&
    binomialUpper(yes, of, rate) < P_BELOW
  return { positive, share, threshold, logRatio: binomialLogRatio(yes, of, rate) }
}
