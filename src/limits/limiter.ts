import type { Admission, Demand, LimitState } from '../core/decision.ts'
import type { Limiter } from '../core/seams.ts'
import { amountOf } from './amount.ts'
import type { CompactCounters } from './compact-counters.ts'
import { createConcurrency } from './concurrency.ts'
import { createFamilies } from './families.ts'
import type { Fingerprints } from './fingerprint.ts'
import { OpenLease, type Charge } from './open-lease.ts'
import { isSharedPlace, type Place } from './place.ts'
import { NO_SLOT } from './slots.ts'
import type { SteadyTime } from './steady-time.ts'
import { waitMsAt } from './window.ts'

/** When to ask again for a place among running calls: nobody knows when the next one ends. */
const CONCURRENT_WAIT_MS = 1_000

/**
 * The limiter over counters of this process. Everything is synchronous, so that nothing comes between
 * the check of all limits and the charge of all limits: reservations never exceed a quota, whatever
 * arrives at once. A call that would take more than a whole quota reserves the quota and no more. A
 * cost that is no number reserves the quota too, and a correction that is none keeps the reservation.
 * The demands of one call name different limits, which the policy guarantees.
 *
 * A limit in shadow mode has counters of its own and charges what it would have let through, so that
 * it shows what enforcing it would have done, up to the calls that other limits refuse.
 */
export const createLimiter = (options: {
  readonly counters: CompactCounters
  readonly fingerprints: Fingerprints
  readonly time: SteadyTime
  readonly close?: () => Promise<void>
}): Limiter => {
  const { counters, fingerprints, time } = options
  const families = createFamilies(fingerprints)
  const concurrency = createConcurrency(fingerprints)

  /** Where the demand at hand is counted; one for all, so that a charge is made once, with all it says. */
  const place: Place = { hi: 0, lo: 0, slot: NO_SLOT }

  /** How a demand stands before anything is charged. */
  const look = (
    demand: Demand,
    asked: number | undefined,
    missing: number,
    nowMs: number,
  ): Charge => {
    const { key, quota } = demand
    const family = families.of(demand)
    const concurrent = demand.counted === 'concurrent'
    const amount = Math.min(asked ?? quota, quota)
    const located = concurrent
      ? concurrency.locate(family.salt, key, missing, place)
      : counters.locate(family, key, missing, place)
    const used = concurrent ? concurrency.running(place) : counters.used(family, place, nowMs)
    return {
      hi: place.hi,
      lo: place.lo,
      slot: place.slot,
      demand,
      family,
      concurrent,
      amount,
      used,
      // Written so that a quota or an amount that is no number does not fit.
      fits: located && quota > 0 && used <= quota - amount,
      expiresMs: 0,
    }
  }

  const stateOf = (charge: Charge, cost: number, charged: number, nowMs: number): LimitState => {
    const { demand, family, concurrent } = charge
    return {
      limit: demand.limit,
      key: demand.key,
      counted: demand.counted,
      quota: demand.quota,
      cost,
      remaining: Math.max(0, Math.floor(demand.quota - charge.used - charged)),
      resetMs: concurrent ? 0 : counters.resetMs(family, charge, nowMs),
      windowMs: demand.windowMs,
      enforced: demand.enforced,
      own: demand.own,
      exceeded: !charge.fits,
    }
  }

  const waitMsOf = (charge: Charge, nowMs: number): number => {
    const { demand, family, amount, concurrent } = charge
    if (concurrent) return CONCURRENT_WAIT_MS
    return waitMsAt(family.window, counters.reading(charge), amount, demand.quota, nowMs)
  }

  const refuse = (charges: readonly Charge[], nowMs: number): Admission => {
    const states = charges.map((charge) => stateOf(charge, charge.amount, 0, nowMs))
    let refusedBy: LimitState | undefined
    let retryAfterMs = 0
    for (const [at, charge] of charges.entries()) {
      if (charge.fits || !charge.demand.enforced) continue
      const waitMs = waitMsOf(charge, nowMs)
      if (waitMs <= retryAfterMs) continue
      retryAfterMs = waitMs
      refusedBy = states[at]
    }
    if (refusedBy === undefined) throw new Error('refused a call that fits')
    return {
      admitted: false,
      refusedBy,
      because: 'exceeded',
      retryAfterMs,
      states,
      degraded: false,
    }
  }

  const take = (charge: Charge, nowMs: number): LimitState => {
    const { family, amount, concurrent } = charge
    if (!charge.fits) return stateOf(charge, amount, 0, nowMs)
    if (concurrent) concurrency.take(charge)
    else charge.expiresMs = counters.charge(family, charge, amount, nowMs)
    return stateOf(charge, amount, amount, nowMs)
  }

  const peek = (demands: readonly Demand[], nowMs: number): readonly LimitState[] =>
    demands.map((demand) => stateOf(look(demand, 1, 0, nowMs), 0, 0, nowMs))

  return {
    admit: (demands, cost, atMs) => {
      const nowMs = time.at(atMs)
      counters.makeRoom(demands.length, nowMs)
      const charges: Charge[] = []
      let missing = 0
      let admitted = true
      for (const demand of demands) {
        const charge = look(demand, amountOf(demand.counted, cost), missing, nowMs)
        if (charge.slot === NO_SLOT) missing++
        if (!charge.fits && demand.enforced) admitted = false
        charges.push(charge)
      }
      if (!admitted) return refuse(charges, nowMs)
      const states: LimitState[] = []
      for (const charge of charges) states.push(take(charge, nowMs))
      return { admitted: true, lease: new OpenLease(cost, charges), states, degraded: false }
    },
    settle: (lease, actual) => {
      if (!(lease instanceof OpenLease)) throw new TypeError('not a lease of this limiter')
      if (!lease.close()) return
      for (const charge of lease.charges) {
        const { demand, family, amount, concurrent } = charge
        if (!charge.fits) continue
        if (concurrent) {
          concurrency.giveBack(charge)
        } else if (actual !== undefined) {
          const delta = (amountOf(demand.counted, actual) ?? amount) - amount
          if (delta !== 0) counters.correct(family, charge, charge.expiresMs, delta)
        }
      }
    },
    peek: (demands, atMs) => peek(demands, time.peek(atMs)),
    forget: (demands, atMs) => {
      const nowMs = time.peek(atMs)
      for (const demand of demands) {
        if (demand.counted === 'concurrent') continue
        const charge = look(demand, 1, 0, nowMs)
        // Of a shared counter nobody knows which part of it was whose.
        if (!isSharedPlace(charge.family.salt, charge)) counters.forget(charge)
      }
      return peek(demands, nowMs)
    },
    close: options.close ?? (() => Promise.resolve()),
  }
}
