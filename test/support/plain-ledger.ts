import type { Brought, Claim, Correction, CounterId, Reading } from '../../src/core/ledger.ts'
import { expiryAt, usedAt } from '../../src/limits/window.ts'

/** A shared ledger as plain as can be, to compare with; time is always an argument. */
export type PlainLedger = {
  readonly nothing: Reading
  take(
    by: string,
    claims: readonly Claim[],
    nowMs: number,
  ): {
    readonly admitted: boolean
    readonly readings: readonly Reading[]
    /** A correction of 0 for each claim that was charged, in the order of the claims. */
    readonly charges: readonly (Correction | undefined)[]
  }
  correct(by: string, correction: Correction): void
  bring(brought: Brought): void
  hold(by: string, id: CounterId, running: number): void
  reading(id: CounterId): Reading | undefined
}

const NOTHING: Reading = { used: 0, previous: 0, expiresMs: 0 }
const nameOf = ({ hi, lo }: CounterId): string => `${hi} ${lo}`

/** Leases never end in it, and only a window that was charged is brought. */
export const createPlainLedger = (): PlainLedger => {
  const counters = new Map<string, Reading>()
  const running = new Map<string, Map<string, number>>()
  const runningOf = (id: CounterId): Map<string, number> => {
    const found = running.get(nameOf(id)) ?? new Map<string, number>()
    running.set(nameOf(id), found)
    return found
  }
  const readingOf = (claim: Claim): Reading =>
    claim.concurrent
      ? { ...NOTHING, used: [...runningOf(claim).values()].reduce((sum, one) => sum + one, 0) }
      : (counters.get(nameOf(claim)) ?? NOTHING)

  const charge = (by: string, claim: Claim, nowMs: number): Correction => {
    const { window, concurrent, amount, hi, lo } = claim
    if (concurrent) {
      const held = runningOf(claim)
      held.set(by, (held.get(by) ?? 0) + amount)
      return { hi, lo, window, concurrent, expiresMs: 0, delta: 0 }
    }
    const { used, previous, expiresMs } = readingOf(claim)
    const freshMs = expiryAt(window, nowMs)
    const next: Reading =
      window.align === 'rolling' && expiresMs === freshMs - window.lengthMs
        ? { used: amount, previous: used, expiresMs: freshMs }
        : nowMs >= expiresMs
          ? { used: amount, previous: 0, expiresMs: freshMs }
          : { used: used + amount, previous, expiresMs: Math.min(expiresMs, freshMs) }
    counters.set(nameOf(claim), next)
    return { hi, lo, window, concurrent, expiresMs: next.expiresMs, delta: 0 }
  }

  return {
    nothing: NOTHING,
    reading: (id) => counters.get(nameOf(id)),
    take: (by, claims, nowMs) => {
      const readings = claims.map(readingOf)
      const fits = claims.map((claim, at) => {
        const { used, previous, expiresMs } = readings[at] ?? NOTHING
        const { window, concurrent, quota, amount } = claim
        const now = concurrent ? used : usedAt(window, used, previous, expiresMs, nowMs)
        return quota > 0 && now <= quota - amount
      })
      const admitted = claims.every(({ enforced }, at) => !enforced || fits[at] === true)
      const charges = claims.map((claim, at) =>
        admitted && fits[at] === true ? charge(by, claim, nowMs) : undefined,
      )
      return { admitted, readings, charges }
    },
    correct: (by, correction) => {
      const { window, concurrent, expiresMs, delta } = correction
      if (concurrent) {
        const held = runningOf(correction)
        held.set(by, Math.max(0, (held.get(by) ?? 0) + delta))
        return
      }
      const counter = counters.get(nameOf(correction))
      if (counter?.expiresMs === expiresMs) {
        counters.set(nameOf(correction), {
          ...counter,
          used: Math.max(0, counter.used + delta),
        })
      } else if (window.align === 'rolling' && counter?.expiresMs === expiresMs + window.lengthMs) {
        counters.set(nameOf(correction), {
          ...counter,
          previous: Math.max(0, counter.previous + delta),
        })
      }
    },
    bring: (brought) => {
      const counter = counters.get(nameOf(brought)) ?? NOTHING
      counters.set(nameOf(brought), {
        used: Math.max(0, counter.used + brought.used),
        previous: counter.previous,
        expiresMs: brought.expiresMs,
      })
    },
    hold: (by, id, number) => void runningOf(id).set(by, number),
  }
}
