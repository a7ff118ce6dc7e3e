import type { Cost, Demand } from '../../core/decision.ts'
import type { Holding, Reading } from '../../core/ledger.ts'
import { amountOf } from '../amount.ts'
import type { CompactCounters } from '../compact-counters.ts'
import { createConcurrency } from '../concurrency.ts'
import { createFamilies } from '../families.ts'
import type { Fingerprints } from '../fingerprint.ts'
import { meet, postureOf, type FleetCharge } from './charge.ts'
import { shareOf, type FleetPlace } from './share.ts'
import type { Charge } from '../open-lease.ts'
import { NO_SLOT } from '../slots.ts'
import { chargedAt } from '../window.ts'

/** What this process let through itself: kept all along, so that it can judge alone at any moment. */
export type Own = {
  /**
   * The demands of a call as charges, for 1 of each where there is no cost; nothing is counted, and a
   * refused call leaves no trace.
   */
  chargesOf(demands: readonly Demand[], cost: Cost | undefined): FleetCharge[]
  /** Judges by this process's share of each quota. */
  judge(charge: FleetCharge, nowMs: number): void
  /** Counts what fits, by the share. */
  take(charge: FleetCharge): void
  /** Counts what a ledger let through, in the ledger's own window. */
  adopt(charge: FleetCharge): void
  /** Corrects a charge; a running call ends whatever the amount. */
  correct(charge: Charge, delta: number): void
  /** A call that is being asked for counts among those that run, so that it is told with them. */
  startRunning(charge: FleetCharge): void
  stopRunning(charge: FleetCharge): void
  holdings(ledger: number): readonly Holding[]
  runningKeys(): number
}

const running = (calls: number): Reading => ({ used: calls, previous: 0, expiresMs: 0 })
const NOTHING = running(0)

/** Counters of one process of a fleet, all synchronous. */
export const createOwn = (options: {
  readonly counters: CompactCounters
  readonly fingerprints: Fingerprints
  /** One less than the number of ledgers. */
  readonly mask: number
  readonly place: () => FleetPlace
  /** Keys with running calls; see {@link createConcurrency}. */
  readonly maxRunningKeys: number | undefined
}): Own => {
  const { counters, fingerprints, mask, place } = options
  const families = createFamilies(fingerprints)
  const concurrency = createConcurrency(fingerprints, options.maxRunningKeys)
  const found = { hi: 0, lo: 0, slot: NO_SLOT }

  const chargeOf = (demand: Demand, cost: Cost | undefined, missing: number): FleetCharge => {
    const { key, quota, enforced } = demand
    const family = families.of(demand)
    const concurrent = demand.counted === 'concurrent'
    const asked = cost === undefined ? 1 : amountOf(demand.counted, cost)
    const located = concurrent
      ? concurrency.locate(family.salt, key, missing, found)
      : counters.locate(family, key, missing, found)
    return {
      hi: found.hi,
      lo: found.lo,
      slot: found.slot,
      demand,
      family,
      concurrent,
      window: family.window,
      quota,
      enforced,
      amount: Math.min(asked ?? quota, quota),
      used: 0,
      fits: false,
      expiresMs: 0,
      located,
      reading: NOTHING,
      ceiling: quota,
      nowMs: 0,
      aloneMs: 0,
      refusing: undefined,
      after: undefined,
      timesHeld: 0,
    }
  }

  return {
    chargesOf: (demands, cost) => {
      const charges: FleetCharge[] = []
      let missing = 0
      for (const demand of demands) {
        const charge = chargeOf(demand, cost, missing)
        if (charge.slot === NO_SLOT) missing++
        charges.push(charge)
      }
      return charges
    },
    judge: (charge, nowMs) => {
      const { demand, family, concurrent } = charge
      // Slots may have changed hands while a ledger was asked.
      if (concurrent) concurrency.locate(family.salt, demand.key, 0, charge)
      else charge.slot = counters.slots.find(charge.hi, charge.lo)
      const reading = concurrent ? running(concurrency.running(charge)) : counters.reading(charge)
      const posture = postureOf(demand)
      const { quota } = demand
      meet(charge, reading, posture === 'share' ? shareOf(quota, place()) : quota, nowMs)
      if (posture === 'open') {
        charge.fits = charge.located
        charge.refusing = undefined
      } else if (posture === 'closed') {
        charge.fits = false
        charge.refusing = 'unavailable'
      }
    },
    take: (charge) => {
      if (!charge.fits) return
      const { family, amount, concurrent, nowMs } = charge
      if (concurrent) {
        concurrency.take(charge)
        charge.after = running(charge.used + 1)
      } else {
        charge.expiresMs = counters.charge(family, charge, amount, nowMs)
        charge.after = counters.reading(charge)
      }
    },
    adopt: (charge) => {
      if (!charge.fits) return
      const { family, amount, concurrent, reading, nowMs } = charge
      if (concurrent) {
        charge.after = running(charge.used + 1)
        return
      }
      const after = chargedAt(family.window, reading, amount, nowMs)
      charge.after = after
      charge.expiresMs = after.expiresMs
      counters.adopt(family.window, charge, amount, after.expiresMs, nowMs)
    },
    correct: (charge, delta) => {
      if (charge.concurrent) concurrency.giveBack(charge)
      else if (delta !== 0) counters.correct(charge.family, charge, charge.expiresMs, delta)
    },
    startRunning: (charge) => concurrency.take(charge),
    stopRunning: (charge) => concurrency.giveBack(charge),
    holdings: (ledger) => {
      const holdings: Holding[] = []
      concurrency.each((hi, lo, calls) => {
        if ((lo & mask) === ledger) holdings.push({ hi, lo, running: calls })
      })
      return holdings
    },
    runningKeys: () => concurrency.keys(),
  }
}
