import type { DetectorReport } from './detector-protocol.ts'

/** Beyond this an operator is told. */
const LAGGING_MS = 60_000
const LOOK_MS = 5_000

/** Tells once when a detector falls more than a minute behind, and once when it has caught up. */
export const createLagWatch = (options: {
  readonly lagMs: () => number
  readonly onReport: (report: DetectorReport) => void
  readonly laggingMs?: number
  readonly lookMs?: number
}): { close(): void } => {
  const { lagMs, onReport, laggingMs = LAGGING_MS, lookMs = LOOK_MS } = options
  let lagging = false
  const timer = setInterval(() => {
    const lag = lagMs()
    if (lag > laggingMs === lagging) return
    lagging = !lagging
    onReport(lagging ? { what: 'lagging', lagMs: Math.round(lag) } : { what: 'caught_up' })
  }, lookMs).unref()
  return { close: () => clearInterval(timer) }
}
