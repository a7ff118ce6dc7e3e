import type { Cost, Demand } from '../../src/core/decision.ts'

/** A charge that is never forgotten. */
type Entry = { amount: number; readonly endMs: number }

/** What the exact limiter knows of a demand. */
export type ExactState = {
  readonly used: number
  readonly remaining: number
  readonly resetMs: number
  readonly fits: boolean
  readonly amount: number
}

export type ExactLease = { readonly entries: Map<Demand, Entry>; settled: boolean }

const amountOf = (demand: Demand, { inputTokens, outputTokens, nanoUsd }: Cost): number =>
  ({
    requests: 1,
    concurrent: 1,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    tokens: inputTokens + outputTokens,
    usd: nanoUsd,
  })[demand.counted]

const sum = (entries: readonly Entry[], endMs: number): number =>
  entries.filter((entry) => entry.endMs === endMs).reduce((total, entry) => total + entry.amount, 0)

/**
 * The limits as the design words them, in the plainest way there is: every charge is kept with the end
 * of its window, and everything is summed up anew for each question. Slow and unbounded.
 */
export const createExactLimiter = () => {
  const counters = new Map<string, Entry[]>()

  const entriesOf = (demand: Demand): Entry[] => {
    const id = JSON.stringify([demand.limit, demand.key, demand.enforced])
    const entries = counters.get(id) ?? []
    counters.set(id, entries)
    return entries
  }

  const endOf = (demand: Demand, nowMs: number): number => {
    if (demand.counted === 'concurrent') return Infinity
    if (demand.align !== 'first_use') {
      return Math.floor(nowMs / demand.windowMs) * demand.windowMs + demand.windowMs
    }
    const last = entriesOf(demand).at(-1)
    return last !== undefined && last.endMs > nowMs ? last.endMs : nowMs + demand.windowMs
  }

  const usedAt = (demand: Demand, nowMs: number): number => {
    const entries = entriesOf(demand)
    const endMs = endOf(demand, nowMs)
    const running = sum(entries, endMs)
    if (demand.align !== 'rolling' || demand.counted === 'concurrent') return running
    const before = sum(entries, endMs - demand.windowMs)
    return running + (before * (endMs - nowMs)) / demand.windowMs
  }

  const resetMsAt = (demand: Demand, nowMs: number): number => {
    const entries = entriesOf(demand)
    if (demand.counted === 'concurrent') return 0
    const endMs = endOf(demand, nowMs)
    if (demand.align === 'utc') return endMs - nowMs
    if (demand.align === 'first_use') {
      return (entries.at(-1)?.endMs ?? 0) > nowMs ? endMs - nowMs : 0
    }
    if (sum(entries, endMs) > 0) return endMs + demand.windowMs - nowMs
    return sum(entries, endMs - demand.windowMs) > 0 ? endMs - nowMs : 0
  }

  const fitsAt = (demand: Demand, amount: number, nowMs: number): boolean =>
    demand.quota > 0 && usedAt(demand, nowMs) <= demand.quota - amount

  const stateAt = (demand: Demand, cost: Cost, nowMs: number): ExactState => {
    const used = usedAt(demand, nowMs)
    const amount = Math.min(demand.quota, amountOf(demand, cost))
    return {
      used,
      amount,
      remaining: Math.max(0, Math.floor(demand.quota - used)),
      resetMs: resetMsAt(demand, nowMs),
      fits: fitsAt(demand, amount, nowMs),
    }
  }

  return {
    stateAt,
    /** Whether the wait is the shortest after which the demand fits, to the millisecond. */
    isTrueWait: (demand: Demand, cost: Cost, nowMs: number, waitMs: number): boolean => {
      const amount = Math.min(demand.quota, amountOf(demand, cost))
      return (
        fitsAt(demand, amount, nowMs + waitMs) &&
        (!fitsAt(demand, amount, nowMs + waitMs - 1) || waitMs === 1)
      )
    },
    admit: (demands: readonly Demand[], cost: Cost, nowMs: number): ExactLease | undefined => {
      const states = demands.map((demand) => stateAt(demand, cost, nowMs))
      if (demands.some((demand, at) => demand.enforced && states[at]?.fits !== true))
        return undefined
      const entries = new Map<Demand, Entry>()
      for (const [at, demand] of demands.entries()) {
        const { fits, amount } = states[at] ?? { fits: false, amount: 0 }
        if (!fits) continue
        const entry = { amount, endMs: endOf(demand, nowMs) }
        entriesOf(demand).push(entry)
        entries.set(demand, entry)
      }
      return { entries, settled: false }
    },
    settle: (lease: ExactLease, actual: Cost | undefined): void => {
      if (lease.settled) return
      lease.settled = true
      for (const [demand, entry] of lease.entries) {
        if (demand.counted === 'concurrent') entry.amount = 0
        else if (actual !== undefined) entry.amount = amountOf(demand, actual)
      }
    },
  }
}
