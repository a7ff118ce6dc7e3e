import type { Conduct } from './conduct.ts'

/** How much an entity calls on days on which nothing cut it off. */
export type Volume = {
  /** Whole days that say what it wanted. */
  readonly days: number
  /** ln of its calls a week at the pace of those days. */
  readonly lnWeek: number
  /** Standard deviation of its day's calls over their mean; 0 for one day. */
  readonly dayCv: number
}

/** Whole days are read back this far: a week, so that weekdays and weekends are in it. */
const DAYS_READ = 7

/**
 * The last whole days of an entity, at most seven, newest last. The day of its first call is part of a day
 * and is left out where enough other days are left.
 */
const wholeDays = ({ dayCalls }: Conduct, enough: number): readonly number[] => {
  const first = dayCalls.findIndex((calls) => calls !== undefined)
  const later = dayCalls.slice(first === 0 ? 0 : first + 1).filter((calls) => calls !== undefined)
  const days = later.length >= enough ? later : dayCalls.filter((calls) => calls !== undefined)
  return days.slice(-DAYS_READ)
}

/** Volume over at least `minDays` whole days; `undefined` where there are fewer, or no call in them. */
export const volumeOf = (conduct: Conduct, minDays: number): Volume | undefined => {
  const days = wholeDays(conduct, minDays)
  const sum = days.reduce((total, calls) => total + calls, 0)
  if (days.length < minDays || sum === 0) return undefined
  const mean = sum / days.length
  const spread = days.reduce((total, calls) => total + (calls - mean) ** 2, 0)
  const dayCv = days.length < 2 ? 0 : Math.sqrt(spread / (days.length - 1)) / mean
  return { days: days.length, lnWeek: Math.log(mean * 7), dayCv }
}

/** ln of the calls of the last whole day that was not its first; `undefined` where there is none. */
export const lnLastDay = ({ dayCalls }: Conduct): number | undefined => {
  const first = dayCalls.findIndex((calls) => calls !== undefined)
  const calls = dayCalls.findLast((of, day) => of !== undefined && (day > first || first === 0))
  return calls === undefined || calls === 0 ? undefined : Math.log(calls)
}
