import type { Capability } from '../../core/traits.ts'

/** Days of calls that are remembered of an entity. */
export const CONDUCT_DAYS = 14

/** How one entity has behaved of late: what the judge reads, whatever linked it. */
export type Conduct = {
  /**
   * Calls on each of the last {@link CONDUCT_DAYS} whole days and today, today last. `undefined` for a day
   * before its first call, for today while it runs, and for a day on which a limit cut it off: such a day
   * says what the limit is, not what the entity wanted.
   */
  readonly dayCalls: readonly (number | undefined)[]
  /** All calls of the last 7 days, refused ones included. */
  readonly weekCalls: number
  /** Distinct networks per ten calls, over its last active days; at most 10. */
  readonly networksPer10Calls: number
  /** Most countries on one day. */
  readonly countriesPerDay: number
  /** Distinct places its agents said they ran in, last 7 days. */
  readonly environmentsPerWeek: number
  /** Calls whose body told another system than the headers, and calls where both told one. */
  readonly contradictions: number
  readonly comparable: number
  /** First calls of conversations by what they ask for. */
  readonly rootsByCapability: { readonly [C in Capability]: number }
  /** Entities that share its payment instrument, itself included; 0 where it has none. */
  readonly instrumentEntities: number
  readonly prepaid: boolean | undefined
  /** Interned values; `undefined` where unknown. */
  readonly funding: number | undefined
  readonly emailPattern: number | undefined
  readonly client: number | undefined
  readonly template: number | undefined
  readonly createdAtMs: number | undefined
}
