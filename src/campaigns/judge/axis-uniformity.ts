import { lnLastDay, volumeOf } from './conduct-volume.ts'
import { evidence, unknown, type Group, type JudgeAxis } from './group.ts'
import { median, trimmedSpread } from './spread.ts'
import { chiSquareLower } from './statistics.ts'

const MEMBERS_FROM = 15
const DAYS_FROM = 3
/** Part of the members whose wish is known: on capped days only the quiet ones are left, and they are alike. */
const KNOWN_FROM = 0.5
const P_BELOW = 1e-4
const SPREAD_OF_REFERENCE = 0.5
/** However wide the reference is, a class or the users of one product differ by about 0.6 and more. */
const SPREAD_AT_MOST = 0.8
const DAY_CV_BELOW = 0.35
/** Two calls a day: below that, whatever rings once a day is alike. */
const WEEK_CALLS_FROM = 14

const EARLY_MEMBERS_FROM = 50
const EARLY_P_BELOW = 1e-8
const EARLY_SPREAD_AT_MOST = 0.35
/** Below this many calls a day, whole numbers alone make days look alike. */
const EARLY_DAY_CALLS_FROM = 5

/** Log-likelihood ratio of normal values with spread `sd` against spread `sigma`. */
const spreadLogRatio = (sd: number, sigma: number, dof: number): number => {
  const ratio = (Math.max(sd, 1e-3) / sigma) ** 2
  return ratio >= 1 ? 0 : (dof / 2) * (ratio - 1 - Math.log(ratio))
}

/** The first whole day of a young group: only where it is beyond any doubt. */
const judgeEarly = ({ conduct }: Group, sigma: number) => {
  const days = conduct.map(lnLastDay).filter((ln) => ln !== undefined)
  const spread = trimmedSpread(days)
  if (spread === undefined || days.length < EARLY_MEMBERS_FROM) return undefined
  const { sd, dof } = spread
  const positive =
    days.length >= KNOWN_FROM * conduct.length &&
    sd <= EARLY_SPREAD_AT_MOST &&
    (median(days) ?? 0) >= Math.log(EARLY_DAY_CALLS_FROM) &&
    chiSquareLower((dof * sd * sd) / (sigma * sigma), dof) < EARLY_P_BELOW
  return { sd, dof, positive, members: days.length }
}

/**
 * Uniformity: the quota. Accounts that an operator loads evenly call about equally often, every day; people
 * and products differ from each other by factors, and from day to day as well. Silent where a behaviour
 * cell linked the group, which is the same observation.
 */
export const judgeUniformity: JudgeAxis = (group, reference) => {
  const sigma = reference.lnWeekSd
  const limit = Math.min(SPREAD_AT_MOST, SPREAD_OF_REFERENCE * sigma)
  if (group.linkedBy.has('cell')) return unknown('uniformity', 'is what linked the group', limit)
  const volumes = group.conduct.flatMap((conduct) => volumeOf(conduct, DAYS_FROM) ?? [])
  const spread = trimmedSpread(volumes.map(({ lnWeek }) => lnWeek))
  if (
    spread === undefined ||
    volumes.length < Math.max(MEMBERS_FROM, KNOWN_FROM * group.conduct.length)
  ) {
    const early = judgeEarly(group, sigma)
    if (early === undefined) {
      return unknown(
        'uniformity',
        `fewer than ${MEMBERS_FROM} members with ${DAYS_FROM} days`,
        limit,
      )
    }
    return evidence('uniformity', {
      positive: early.positive,
      measured: `calls on one day of ${early.members} members differ by ${early.sd.toFixed(2)} (standard deviation of their logarithm)`,
      value: early.sd,
      threshold: EARLY_SPREAD_AT_MOST,
      reference: sigma,
      logRatio: spreadLogRatio(early.sd, sigma, early.dof),
    })
  }
  const { sd, dof } = spread
  const dayCv = median(volumes.map((volume) => volume.dayCv)) ?? Infinity
  return evidence('uniformity', {
    positive:
      sd <= limit &&
      dayCv < DAY_CV_BELOW &&
      (median(volumes.map(({ lnWeek }) => lnWeek)) ?? 0) >= Math.log(WEEK_CALLS_FROM) &&
      chiSquareLower((dof * sd * sd) / (sigma * sigma), dof) < P_BELOW,
    measured: `weekly calls of ${volumes.length} members differ by ${sd.toFixed(2)} (standard deviation of their logarithm), days of one member by ${(dayCv * 100).toFixed(0)} %`,
    value: sd,
    threshold: limit,
    reference: sigma,
    logRatio: spreadLogRatio(sd, sigma, dof),
  })
}
