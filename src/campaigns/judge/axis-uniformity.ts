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

/** A condition for people: what to say where it does not hold. */
type Condition = readonly [holds: boolean, otherwise: string]

/** Ends what was measured with what spoke against the axis: the spread alone is often small enough. */
const withFailed = (measured: string, conditions: readonly Condition[]): string => {
  const failed = conditions.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise]))
  return failed.length === 0 ? measured : `${measured}; no, since ${failed.join(' and ')}`
}

/** The first whole day of a young group: only where it is beyond any doubt. */
const judgeEarly = ({ conduct }: Group, sigma: number) => {
  const days = conduct.map(lnLastDay).filter((ln) => ln !== undefined)
  const spread = trimmedSpread(days)
  if (spread === undefined || days.length < EARLY_MEMBERS_FROM) return undefined
  const { sd, dof } = spread
  const conditions: readonly Condition[] = [
    [
      days.length >= KNOWN_FROM * conduct.length,
      'fewer than half of the members called on a whole day',
    ],
    [sd <= EARLY_SPREAD_AT_MOST, `they differ by more than ${EARLY_SPREAD_AT_MOST}`],
    [
      (median(days) ?? 0) >= Math.log(EARLY_DAY_CALLS_FROM),
      `half of them made fewer than ${EARLY_DAY_CALLS_FROM} calls`,
    ],
    [
      chiSquareLower((dof * sd * sd) / (sigma * sigma), dof) < EARLY_P_BELOW,
      'chance could explain it',
    ],
  ]
  const positive = conditions.every(([holds]) => holds)
  return { sd, dof, positive, conditions, members: days.length }
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
      measured: withFailed(
        `calls on one day of ${early.members} members differ by ${early.sd.toFixed(2)} (standard deviation of their logarithm)`,
        early.conditions,
      ),
      value: early.sd,
      threshold: EARLY_SPREAD_AT_MOST,
      reference: sigma,
      logRatio: spreadLogRatio(early.sd, sigma, early.dof),
    })
  }
  const { sd, dof } = spread
  const dayCv = median(volumes.map((volume) => volume.dayCv)) ?? Infinity
  const conditions: readonly Condition[] = [
    [sd <= limit, `they differ by more than ${limit.toFixed(2)}`],
    [dayCv < DAY_CV_BELOW, `days of one member differ by ${DAY_CV_BELOW * 100} % or more`],
    [
      (median(volumes.map(({ lnWeek }) => lnWeek)) ?? 0) >= Math.log(WEEK_CALLS_FROM),
      `half of them make fewer than ${WEEK_CALLS_FROM} calls a week`,
    ],
    [chiSquareLower((dof * sd * sd) / (sigma * sigma), dof) < P_BELOW, 'chance could explain it'],
  ]
  return evidence('uniformity', {
    positive: conditions.every(([holds]) => holds),
    measured: withFailed(
      `weekly calls of ${volumes.length} members differ by ${sd.toFixed(2)} (standard deviation of their logarithm), days of one member by ${Number.isFinite(dayCv) ? (dayCv * 100).toFixed(0) : 'more than 100'} %`,
      conditions,
    ),
    value: sd,
    threshold: limit,
    reference: sigma,
    logRatio: spreadLogRatio(sd, sigma, dof),
  })
}
