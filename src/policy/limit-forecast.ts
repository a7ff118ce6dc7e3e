import type { Demand } from '../core/decision.ts'
import type { RecordedLimit } from '../core/recorded-call.ts'
import type { Limit, Policy } from './policy.ts'

/** What a limit of a changed policy would have done to a recorded call, by the counters it met then. */
export type LimitForecast = {
  readonly limit: string
  /** `unjudged` where the record has no counter that would be the same one. */
  readonly outcome: 'refused' | 'unjudged'
}

const NONE: readonly LimitForecast[] = []

const sameCounter = (one: Limit | undefined, other: Limit | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.counted === other.counted &&
  one.windowMs === other.windowMs &&
  one.align === other.align &&
  one.per.join() === other.per.join()

/** By what the counter held, call included, in the window of the record. */
const hadNoRoom = ({ quota, remaining, cost, exceeded }: RecordedLimit, now: number): boolean =>
  exceeded ? quota - remaining + cost > now : quota - remaining > now

/**
 * Looks which limits of a changed policy would newly have refused a call that both policies let through:
 * those that are enforced now and were not, or have a smaller quota than before. Counters are not replayed:
 * what each held is taken from the record, so that a limit which was off then cannot be judged.
 */
export const createLimitForecast = (
  before: Policy,
  after: Policy,
): ((
  was: readonly Demand[],
  would: readonly Demand[],
  recorded: readonly RecordedLimit[],
) => readonly LimitForecast[]) => {
  const earlier = new Map(before.limits.map((limit) => [limit.id, limit]))
  const comparable = new Set(
    after.limits.filter((limit) => sameCounter(earlier.get(limit.id), limit)).map(({ id }) => id),
  )
  return (was, would, recorded) => {
    let found = NONE
    for (const demand of would) {
      if (!demand.enforced) continue
      const { limit, quota } = demand
      const old = comparable.has(limit) ? was.find((one) => one.limit === limit) : undefined
      if (old?.enforced === true && old.quota <= quota) continue
      const state = comparable.has(limit) ? recorded.find((one) => one.limit === limit) : undefined
      if (state === undefined) found = [...found, { limit, outcome: 'unjudged' }]
      // What refused the call then refuses it still; nothing is new about it.
      else if (hadNoRoom(state, quota) && !(state.enforced && state.exceeded)) {
        found = [...found, { limit, outcome: 'refused' }]
      }
    }
    return found
  }
}
