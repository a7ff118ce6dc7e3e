import { z } from 'zod'
import { ChannelFailure, type Channel } from './channel.ts'
import { keptCounts, metricSnapshot, type MetricSnapshot } from './metric-sums.ts'
import type { Pool, PoolWorker } from './pool.ts'

const TOPIC = 'vitals'
const EVERY_MS = 1_000
/** A worker that says nothing for so long serves nobody either. */
const LONGEST_SILENCE_MS = 15_000
/** What a scrape waits for a worker before it takes what was last heard of it. */
const SCRAPE_MS = 1_000

const report = z.object({ metrics: z.unknown(), degraded: z.array(z.string().max(64)).max(64) })

/** How a worker does: its metrics, and parts that do not work as they should. */
export type Signs = {
  readonly metrics: readonly object[]
  readonly degraded: readonly string[]
}

/** What the primary knows of how its workers do. */
export type Vitals = {
  /** Metrics of all workers as of now, with the counts of those that ended. */
  metrics(): Promise<readonly MetricSnapshot[]>
  degraded(): readonly string[]
  /** A worker is gone: its counts stay, as last heard. */
  lost(worker: PoolWorker): void
  close(): void
}

/** Answers the primary's question how this worker does. */
export const tellVitals = (channel: Channel, signs: () => Promise<Signs>): void => {
  channel.answer(TOPIC, signs)
}

type Heard = { readonly metrics: MetricSnapshot; readonly degraded: readonly string[] }

/**
 * Asks every worker each second how it does, so that a killed one takes at most a second of counts with
 * it. One that does not answer for 15 s is ended and replaced; one that answers nonsense at once.
 */
export const watchVitals = (pool: Pick<Pool, 'ready' | 'end'>): Vitals => {
  const heard = new Map<string, Heard>()
  const asking = new Set<string>()
  let kept: Promise<MetricSnapshot> = Promise.resolve([])

  const ask = async (worker: PoolWorker, deadlineMs: number): Promise<void> => {
    const answer = report.safeParse(await worker.channel.ask(TOPIC, undefined, deadlineMs))
    const metrics = answer.success ? metricSnapshot(answer.data.metrics) : undefined
    if (!answer.success || metrics === undefined) {
      return pool.end(worker, 'it told nonsense of itself')
    }
    heard.set(worker.id, { metrics, degraded: answer.data.degraded })
  }

  const watch = async (worker: PoolWorker): Promise<void> => {
    if (asking.has(worker.id)) return
    asking.add(worker.id)
    try {
      await ask(worker, LONGEST_SILENCE_MS)
    } catch (error) {
      const silent = error instanceof ChannelFailure && error.kind === 'timeout'
      if (silent) pool.end(worker, `it did not answer for ${LONGEST_SILENCE_MS / 1000} s`)
    } finally {
      asking.delete(worker.id)
    }
  }
  const timer = setInterval(() => {
    for (const worker of pool.ready()) void watch(worker)
  }, EVERY_MS).unref()

  return {
    metrics: async () => {
      // Whoever does not answer now is shown as last heard.
      await Promise.allSettled(pool.ready().map((worker) => ask(worker, SCRAPE_MS)))
      const past = await kept
      return [
        ...(past.length > 0 ? [past] : []),
        ...[...heard.values()].map(({ metrics }) => metrics),
      ]
    },
    degraded: () => [...new Set([...heard.values()].flatMap(({ degraded }) => degraded))],
    lost: (worker) => {
      const last = heard.get(worker.id)
      if (last === undefined) return
      heard.delete(worker.id)
      const before = kept
      kept = before.then((past) => keptCounts([past, last.metrics])).catch(() => before)
    },
    close: () => clearInterval(timer),
  }
}
