import type { Admission, Demand, LimitState } from '../../core/decision.ts'
import type { Claim, Reading } from '../../core/ledger.ts'
import type { Charge } from '../open-lease.ts'
import { resetMsAt, usedAt, waitMsAt } from '../window.ts'

/** One demand of a call, what to claim for it, and how its ledger or this process's own share met it. */
export type FleetCharge = Charge &
  Claim & {
    /** Whether a counter could be found for it. */
    readonly located: boolean
    /** How the counter stood before the call. */
    reading: Reading
    /** What may be used up: the quota, or this process's share of it. */
    ceiling: number
    /** The ledger's time. */
    nowMs: number
    /** Milliseconds for which its ledger has not been trusted; 0 where it was asked. */
    aloneMs: number
    /** Whether it stands against the call, and why. */
    refusing: 'exceeded' | 'unavailable' | undefined
    /** How the counter stands since it was charged. */
    after: Reading | undefined
    /** How often its ledger had been told what runs here when the call began to count among it. */
    timesHeld: number
  }

/** When to ask again where nobody knows: a running call may end, a ledger may come back. */
const ASK_AGAIN_MS = 1_000
/** An outage that has lasted is likely to last: callers are asked back after as long again, up to this. */
const ASK_AGAIN_AT_MOST_MS = 30_000

/** Takes over how a counter stands. Written so that what is no number does not fit. */
export const meet = (
  charge: FleetCharge,
  reading: Reading,
  ceiling: number,
  nowMs: number,
): void => {
  const { family, concurrent, amount, located } = charge
  const { used, previous, expiresMs } = reading
  charge.reading = reading
  charge.ceiling = ceiling
  charge.nowMs = nowMs
  charge.used = concurrent ? used : usedAt(family.window, used, previous, expiresMs, nowMs)
  charge.fits = located && ceiling > 0 && charge.used <= ceiling - amount
  charge.refusing = charge.demand.enforced && !charge.fits ? 'exceeded' : undefined
}

/** The limit as the call met it, before it was charged if it was not. */
export const stateOf = (charge: FleetCharge, cost: number): LimitState => {
  const { demand, family, concurrent, ceiling, nowMs, after } = charge
  const { used, previous, expiresMs } = after ?? charge.reading
  const taken = after === undefined ? 0 : cost
  return {
    limit: demand.limit,
    key: demand.key,
    counted: demand.counted,
    quota: demand.quota,
    cost,
    remaining: Math.max(0, Math.floor(ceiling - charge.used - taken)),
    resetMs: concurrent ? 0 : resetMsAt(family.window, used, previous, expiresMs, nowMs),
    windowMs: demand.windowMs,
    enforced: demand.enforced,
    own: demand.own,
    exceeded: !charge.fits,
  }
}

/**
 * The wait until the call fits. Where the share alone is used up, the whole quota is not: the others
 * may have left room in it, which is known as soon as the ledger is back, and at the latest when the
 * share has room again.
 */
const waitMsOf = (charge: FleetCharge): number => {
  const { demand, family, concurrent, amount, ceiling, reading, nowMs, used, aloneMs } = charge
  if (concurrent) return ASK_AGAIN_MS
  const askAgainMs = Math.min(ASK_AGAIN_AT_MOST_MS, Math.max(ASK_AGAIN_MS, Math.ceil(aloneMs)))
  if (charge.refusing === 'unavailable') return askAgainMs
  const { quota } = demand
  if (ceiling < quota && used <= quota - amount) {
    return amount > ceiling
      ? askAgainMs
      : Math.min(askAgainMs, waitMsAt(family.window, reading, amount, ceiling, nowMs))
  }
  return waitMsAt(family.window, reading, amount, quota, nowMs)
}

/** Whether any of them stands against the call. */
export const isRefused = (charges: readonly FleetCharge[]): boolean => {
  for (const { refusing } of charges) if (refusing !== undefined) return true
  return false
}

/** The answer to a call that at least one of its charges stands against. */
export const refusalOf = (charges: readonly FleetCharge[], degraded: boolean): Admission => {
  const states: LimitState[] = []
  for (const charge of charges) {
    charge.after = undefined
    states.push(stateOf(charge, charge.amount))
  }
  let refusedBy: LimitState | undefined
  let because: 'exceeded' | 'unavailable' = 'exceeded'
  let retryAfterMs = 0
  for (const [at, charge] of charges.entries()) {
    if (charge.refusing === undefined) continue
    const waitMs = waitMsOf(charge)
    if (waitMs <= retryAfterMs) continue
    retryAfterMs = waitMs
    because = charge.refusing
    refusedBy = states[at]
  }
  if (refusedBy === undefined) throw new Error('refused a call that fits')
  return { admitted: false, refusedBy, because, retryAfterMs, states, degraded }
}

/** How the limit's own words decide where its ledger is down. */
export const postureOf = ({ posture, enforced }: Demand): 'share' | 'open' | 'closed' =>
  !enforced || posture === 'insured' ? 'share' : posture
