import { setImmediate as turn } from 'node:timers/promises'
import type { RecordedCall } from '../../core/recorded-call.ts'
import { createBacktest } from '../../policy/backtest.ts'
import type { Backtest } from '../../policy/backtest-report.ts'
import { changedEntries } from '../../policy/changed-entries.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Reference } from '../../policy/reference.ts'
import type { DecisionQueries } from '../../sinks/decision-query.ts'
import { newestLines } from '../../sinks/newest-lines.ts'
import { readRecord } from '../../sinks/read-record.ts'

/** A backtest with where its records come from. */
export type BacktestResult = Backtest & {
  /** Revisions of the policy in force and of the changed one. */
  readonly revision: { readonly before: string; readonly after: string }
  readonly window: {
    /** The newest calls of the decision log, all of them between the oldest and the newest. */
    readonly newest: Span
    /** Older calls that a changed rule or limit has met, by the index. */
    readonly hits: Span
    /** What ended the reading before it had as many calls as wanted; absent where nothing did. */
    readonly endedBy?: 'all_read' | 'bytes' | 'time' | undefined
    /** Lines that are no record of a judged call. */
    readonly skipped: number
    readonly bytes: number
    readonly ms: number
  }
  /** Whether a part of the records could not be read. */
  readonly unread: boolean
}

/** Calls of one source. Milliseconds; `undefined` where there are none. */
export type Span = {
  readonly calls: number
  readonly fromMs: number | undefined
  readonly untilMs: number | undefined
}

/** How far the backtest under way is. */
export type BacktestProgress = { readonly calls: number; readonly of: number }

/** Runs changed policies over what was decided here. */
export type Backtesting = {
  /**
   * Compares the policy in force with `after` over at most `limit` recorded calls. One at a time: `busy`
   * where another is under way. Never rejects; works in slices of a few milliseconds.
   */
  run(after: Policy, options?: { readonly limit?: number }): Promise<BacktestResult | 'busy'>
  /** `undefined` where none is under way. */
  progress(): BacktestProgress | undefined
}

/** What a backtest reads, and what bounds it. */
export type BacktestingOptions = {
  /** Folder of the decision log. */
  readonly segments: string
  readonly queries: Pick<DecisionQueries, 'query'>
  readonly current: () => Policy
  readonly isProven: Reference
  /** Milliseconds that may go by; 10 s unless told. */
  readonly longestMs?: number
  /** Bytes of records that are read; 256 MiB unless told. */
  readonly mostBytes?: number
  /** Milliseconds of work before calls have their turn; 1 unless told. */
  readonly sliceMs?: number
  readonly nowMs?: () => number
}

/** Calls a backtest looks at unless it is told otherwise, and at most. */
export const BACKTEST_CALLS = { usual: 10_000, most: 100_000 } as const

const HIT_PAGE = 200
/** Of the calls wanted, the part that may come from the index. */
const HITS_PART = 0.25
const MAX_HIT_RULES = 50

const createSpan = () => {
  let calls = 0
  let fromMs = Infinity
  let untilMs = -Infinity
  return {
    add({ atMs }: RecordedCall): void {
      calls++
      fromMs = Math.min(fromMs, atMs)
      untilMs = Math.max(untilMs, atMs)
    },
    get calls() {
      return calls
    },
    told: (): Span =>
      calls === 0 ? { calls, fromMs: undefined, untilMs: undefined } : { calls, fromMs, untilMs },
  }
}

async function* eachOf(
  batches: AsyncIterable<readonly string[]>,
): AsyncGenerator<string, undefined> {
  for await (const batch of batches) yield* batch
  return undefined
}

/** Gives the event loop its turn once a slice of work is done. */
const createSlices = (sliceMs: number, nowMs: () => number): (() => Promise<void>) => {
  let startedMs = nowMs()
  return async () => {
    if (nowMs() - startedMs < sliceMs) return
    await turn()
    startedMs = nowMs()
  }
}

/**
 * Backtests over the decision log of this machine. The newest calls are read from the segments, where every
 * call is; of rules and limits that change, the index names older calls that they have met, so that a rule
 * which matches once an hour is judged by more than the last minutes.
 */
export const createBacktesting = (options: BacktestingOptions): Backtesting => {
  const { segments, queries, current, isProven } = options
  const { longestMs = 10_000, mostBytes = 256 * 1024 * 1024, sliceMs = 1 } = options
  const nowMs = options.nowMs ?? (() => performance.now())
  let underway: BacktestProgress | undefined

  const work = async (before: Policy, after: Policy, limit: number): Promise<BacktestResult> => {
    const startedMs = nowMs()
    const backtest = createBacktest({ before, after, isProven })
    const breathe = createSlices(sliceMs, nowMs)
    const seen = new Set<string>()
    const newest = createSpan()
    const hits = createSpan()
    let skipped = 0
    let bytes = 0
    let unread = false
    let endedBy: BacktestResult['window']['endedBy']

    const isOver = (): boolean => {
      if (nowMs() - startedMs >= longestMs) endedBy = 'time'
      else if (bytes >= mostBytes) endedBy = 'bytes'
      return endedBy !== undefined
    }
    const take = async (line: string, span: ReturnType<typeof createSpan>): Promise<void> => {
      bytes += line.length
      const call = readRecord(line)
      if (call === undefined) skipped++
      else if (!seen.has(call.id)) {
        seen.add(call.id)
        span.add(call)
        backtest.add(call)
        underway = { calls: seen.size, of: limit }
      }
      await breathe()
    }

    const lines = eachOf(newestLines(segments))
    let allRead = false
    const readNewest = async (most: number): Promise<void> => {
      try {
        while (newest.calls < most && !allRead && !isOver()) {
          const next = await lines.next()
          if (next.done === true) allRead = true
          else await take(next.value, newest)
        }
      } catch {
        unread = true
      }
    }
    const readHits = async (rule: string, most: number): Promise<void> => {
      let cursor: string | undefined
      const until = hits.calls + most
      // Those the segments have already given are not asked for again.
      const { fromMs: untilMs } = newest.told()
      while (hits.calls < until && !isOver()) {
        const answer = await queries.query({ rule, cursor, untilMs, limit: HIT_PAGE })
        if (!answer.ok) {
          unread = true
          return
        }
        for (const record of answer.value.records) {
          if (hits.calls >= until || isOver()) return
          await take(record, hits)
        }
        cursor = answer.value.next
        if (cursor === undefined) return
      }
    }

    const changed = changedEntries(before, after).slice(0, MAX_HIT_RULES)
    const forHits = changed.length === 0 ? 0 : Math.floor(limit * HITS_PART)
    await readNewest(limit - forHits)
    const share = Math.ceil(forHits / Math.max(1, changed.length))
    for (const rule of changed) await readHits(rule, share)
    // What the index did not fill is filled with further calls of the log.
    await readNewest(limit - hits.calls)
    await lines.return(undefined)
    return {
      ...backtest.report(),
      revision: { before: before.revision, after: after.revision },
      window: {
        newest: newest.told(),
        hits: hits.told(),
        endedBy: endedBy ?? (allRead ? 'all_read' : undefined),
        skipped,
        bytes,
        ms: nowMs() - startedMs,
      },
      unread,
    }
  }

  return {
    async run(after, { limit = BACKTEST_CALLS.usual } = {}) {
      if (underway !== undefined) return 'busy'
      const wanted = Math.max(1, Math.min(BACKTEST_CALLS.most, Math.floor(limit)))
      underway = { calls: 0, of: wanted }
      try {
        return await work(current(), after, wanted)
      } finally {
        underway = undefined
      }
    },
    progress: () => underway,
  }
}
