import type { Clock, Sink } from '../../core/seams.ts'
import { createBaselines, type Baselines } from './baseline.ts'
import { createShareLaw, type ShareLaw } from './law.ts'
import { readNote, writeNote, type Report } from './notes.ts'
import { outcomeOf } from './outcome.ts'

/** How the upstreams are doing, learned from the calls that went to them. */
export type Pressure = {
  /** Learns from events, off the path. */
  readonly sink: Sink
  /** 0 (at ease) to 1 of an upstream, what other processes say included; 0 for one never seen. */
  readonly of: (upstream: string) => number
  /** The pressure of every upstream seen so far, for metrics. */
  readonly readings: () => readonly (readonly [upstream: string, pressure: number])[]
  /** What this process has seen itself, as a short text for the others of its fleet. */
  readonly note: () => string
  /** The notes of the others, in place of those heard before. Hostile until parsed; never throws. */
  readonly heard: (notes: readonly string[]) => void
}

/** Upstreams that are watched; settings name far fewer. */
const MAX_UPSTREAMS = 256
/** Processes listened to. */
const MAX_NOTES = 1_000
/** What was heard counts for so long. */
const NOTE_AGE_MS = 15_000
/** One process has at most this many times our own say, whatever load it claims. */
const MAX_WEIGHT_TIMES = 10
const MIN_OWN_CALLS_PER_S = 1

/**
 * The pressure of each upstream: 1 minus the share of its calls it may be given, by an additive-increase,
 * multiplicative-decrease law over its refusals (429, 5xx, faults) and the delay of its first byte (see
 * `pressure-law.ts`). In a fleet the pressure in force is the mean of what all processes see, weighted
 * by their calls; one that hears nobody goes by what it sees itself.
 */
export const createPressure = ({ clock }: { readonly clock: Clock }): Pressure => {
  const seen = new Map<string, { readonly law: ShareLaw; readonly baselines: Baselines }>()
  const others = new Map<string, Report[]>()
  let heardMs = Number.NEGATIVE_INFINITY

  const partsOf = (upstream: string) => {
    const known = seen.get(upstream)
    if (known !== undefined || seen.size >= MAX_UPSTREAMS) return known
    const made = { law: createShareLaw(), baselines: createBaselines() }
    seen.set(upstream, made)
    return made
  }

  const withOthers = (
    reports: readonly Report[],
    own: { readonly pressure: number; readonly callsPerS: number },
  ): number => {
    const most = MAX_WEIGHT_TIMES * Math.max(MIN_OWN_CALLS_PER_S, own.callsPerS)
    let weights = own.callsPerS
    let sum = own.callsPerS * own.pressure
    for (const { pressure, callsPerS } of reports) {
      const weight = Math.min(most, callsPerS)
      weights += weight
      sum += weight * pressure
    }
    return weights > 0 ? sum / weights : own.pressure
  }

  const of = (upstream: string): number => {
    const nowMs = clock.now()
    const law = seen.get(upstream)?.law
    const pressure = law === undefined ? 0 : 1 - law.share(nowMs)
    if (others.size === 0 || Math.abs(nowMs - heardMs) > NOTE_AGE_MS) return pressure
    const reports = others.get(upstream)
    if (reports === undefined) return pressure
    return withOthers(reports, { pressure, callsPerS: law?.callsPerS(nowMs) ?? 0 })
  }

  return {
    sink: {
      name: 'pressure',
      accept: (event) => {
        if (event.upstream === undefined) return
        const parts = partsOf(event.upstream)
        if (parts === undefined) return
        const nowMs = clock.now()
        const outcome = outcomeOf(event, parts.baselines, nowMs)
        if (outcome !== undefined) parts.law.record(outcome, nowMs)
      },
      close: () => Promise.resolve(),
    },
    of,
    readings: () => [...seen.keys()].map((upstream) => [upstream, of(upstream)] as const),
    note: () => {
      const nowMs = clock.now()
      return writeNote(
        Array.from(seen, ([upstream, { law }]) => ({
          upstream,
          pressure: 1 - law.share(nowMs),
          callsPerS: law.callsPerS(nowMs),
        })),
      )
    },
    heard: (notes) => {
      heardMs = clock.now()
      others.clear()
      for (const report of notes.slice(0, MAX_NOTES).flatMap(readNote)) {
        const reports = others.get(report.upstream)
        if (reports !== undefined) reports.push(report)
        else if (others.size < MAX_UPSTREAMS) others.set(report.upstream, [report])
      }
    },
  }
}
