import type { Verdict } from './decision.ts'
import type { FactName, Facts } from './facts.ts'

/**
 * How a recorded fact is not the one the call was judged by: `masked` by the form in which records show
 * addresses, `cut` to the length records keep, or `assumed` to be nothing since records leave that out.
 */
export type FactLoss = 'masked' | 'cut' | 'assumed'

/**
 * Stands for a fact that was known and whose value the record does not hold: of a type that no such fact
 * has, so that `has()` is true of it and every comparison with it has no value.
 */
export const LOST_VALUE = false

/** A limit as a recorded call met it; amounts in what it counts, of `usd` billionths of a dollar. */
export type RecordedLimit = {
  readonly limit: string
  readonly enforced: boolean
  readonly quota: number
  /** Charged by the call; what it would have cost where it was refused. */
  readonly cost: number
  /** Left after the call. */
  readonly remaining: number
  readonly exceeded: boolean
}

/** What a decision record says of a call that a policy has judged. */
export type RecordedCall = {
  /** Decision id. */
  readonly id: string
  /** Arrival, milliseconds since the epoch. */
  readonly atMs: number
  readonly facts: Facts
  /** Facts that are not as they were; of those masked or cut the sheet holds {@link LOST_VALUE}. */
  readonly losses: ReadonlyMap<FactName, FactLoss>
  /** Of the policy alone. */
  readonly verdict: Verdict
  /** What the caller met, after the counters. */
  readonly ruling: Verdict
  readonly rule: string | undefined
  /** Limit that refused it. */
  readonly refusedBy: string | undefined
  /** Of the policy it was judged with. */
  readonly revision: string
  readonly limits: readonly RecordedLimit[]
}
