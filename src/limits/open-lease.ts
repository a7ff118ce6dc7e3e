import type { Cost, Demand, Lease } from '../core/decision.ts'
import type { Family } from './compact-counters.ts'
import type { Place } from './place.ts'

/** One demand of a call as its counter met it. */
export type Charge = Place & {
  readonly demand: Demand
  readonly family: Family
  /** Whether it limits running calls, which have no window. */
  readonly concurrent: boolean
  /** What is taken of the limit: never more than its quota. */
  readonly amount: number
  /** Used before this call. */
  used: number
  /** Whether there was room; a demand that did not fit is never charged. */
  fits: boolean
  /** Identity of the window it was charged in. */
  expiresMs: number
}

/** A lease of the limiter over {@link CompactCounters}: its charges, and whether it was settled. */
export class OpenLease implements Lease {
  readonly cost: Cost
  readonly charges: readonly Charge[]
  #settled = false

  constructor(cost: Cost, charges: readonly Charge[]) {
    this.cost = cost
    this.charges = charges
  }

  /** True the first time, so that nothing is ever given back twice. */
  close(): boolean {
    if (this.#settled) return false
    this.#settled = true
    return true
  }
}
