import type { CallEvent, Outcome } from '../core/event.ts'

/** Whether an event goes into the index as well as into the log. */
export type IndexSelection = (event: CallEvent) => boolean

/** Refusals of policy and limits, challenges, and whatever a rule or limit in shadow would have done. */
const isNotable = ({ ruling }: CallEvent): boolean => {
  if (ruling === undefined) return false
  if (ruling.verdict !== 'allow' || ruling.decision.shadow.length > 0) return true
  return ruling.admission?.states.some(({ exceeded }) => exceeded) ?? false
}

/**
 * Takes every notable event and, of the others, the first `perSecond` of each outcome in each second, so
 * that rare endings (faults, callers that left) are not crowded out by served calls.
 */
export const createIndexSelection = (options: { readonly perSecond: number }): IndexSelection => {
  const { perSecond } = options
  const taken = new Map<Outcome, { second: number; count: number }>()
  return (event) => {
    if (isNotable(event)) return true
    const second = Math.floor(event.arrival.atMs / 1000)
    const last = taken.get(event.outcome)
    if (last === undefined) {
      taken.set(event.outcome, { second, count: 1 })
      return perSecond > 0
    }
    // A late event of an earlier second counts into the newest one: the bound holds either way.
    if (second > last.second) {
      last.second = second
      last.count = 0
    }
    return last.count++ < perSecond
  }
}
