import { Worker } from 'node:worker_threads'
import type { DecisionAnswer, DecisionQueries, NoAnswer } from './decision-query.ts'
import type { IndexReply, IndexReport, IndexRequest, IndexWorkerData } from './index-protocol.ts'

/** Options of the index; sizes in bytes, times in milliseconds. */
export type DecisionIndexOptions = {
  /** The SQLite file; made where it is missing. */
  readonly path: string
  /** Folder of the segments of the decision log. */
  readonly segments: string
  /** Arrival of a call by its decision id; `undefined` for text that is no id. */
  readonly arrivalMsOf: (id: string) => number | undefined
  /** Rows kept; 300,000 by default, about half a gigabyte. */
  readonly maxRows?: number
  readonly perSecond?: number
  readonly flushMs?: number
  /** Records that may wait for the worker; further ones are dropped. */
  readonly queueLength?: number
  /** How long a question may take in all. */
  readonly answerMs?: number
  readonly caps?: Partial<
    Pick<IndexWorkerData, 'queryRows' | 'queryMs' | 'searchBytes' | 'searchMs' | 'rebuildBytes'>
  >
  /** Told of records that will not be indexed. */
  readonly onDrop: (count: number) => void
  readonly onReport?: (report: IndexReport) => void
  /** The worker's own file, for tests that break it. */
  readonly entry?: URL
}

/** The index of decision records, in a thread of its own. */
export type DecisionIndex = DecisionQueries & {
  /** Takes a record's line. Never throws, never waits. */
  add(line: string): void
  /** Indexes what is left and stops the thread. Never rejects. */
  close(): Promise<void>
}

type Settle = (answer: DecisionAnswer<never> | IndexReply) => void

const MIB = 1024 * 1024
const BATCH = 512
const MAX_QUESTIONS = 16
const CLOSE_MS = 5_000
const MAX_RESTART_MS = 60_000
const WORKER_HEAP_MB = 256

const no = (why: NoAnswer): DecisionAnswer<never> => ({ ok: false, why })
const nothing = (): void => undefined

/**
 * Starts the index. Records are handed to the thread in batches; it answers questions within `answerMs`,
 * at most 16 at a time, whatever it is doing. Where the thread dies it is started again, with growing
 * pauses, and what it had taken is counted as dropped; the next start reads it from the segments.
 */
export const createDecisionIndex = (options: DecisionIndexOptions): DecisionIndex => {
  const { onDrop, onReport } = options
  const flushMs = options.flushMs ?? 250
  const queueLength = options.queueLength ?? 20_000
  const answerMs = options.answerMs ?? 3_000
  const entry = options.entry ?? new URL('./decision-index-worker.ts', import.meta.url)
  const workerData: IndexWorkerData = {
    path: options.path,
    segments: options.segments,
    maxRows: options.maxRows ?? 300_000,
    perSecond: options.perSecond ?? 10,
    queryRows: 50_000,
    queryMs: 500,
    searchBytes: 512 * MIB,
    searchMs: 2_000,
    rebuildBytes: 256 * MIB,
    ...options.caps,
  }

  let lines: string[] = []
  /** Handed to the thread and not yet confirmed. */
  let underway = 0
  let timer: NodeJS.Timeout | undefined
  let worker: Worker | undefined
  let restarts = 0
  let closing: Promise<void> | undefined
  let nextAsk = 0
  const questions = new Map<number, Settle>()
  let closed = nothing

  const start = (): Worker => {
    const made = new Worker(entry, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
    })
    made.unref()
    made.on('message', received)
    let because = 'the thread ended'
    made.on('error', (error) => {
      because = error instanceof Error ? error.message.slice(0, 200) : because
    })
    made.once('exit', () => lost(because))
    return made
  }

  const received = (message: IndexReply): void => {
    switch (message.kind) {
      case 'inserted':
        underway -= message.lines
        restarts = 0
        if (message.dropped > 0) onDrop(message.dropped)
        return
      case 'report':
        onReport?.(message.report)
        return
      case 'closed':
        return closed()
      case 'page':
      case 'record':
      case 'failed':
        questions.get(message.ask)?.(message)
    }
  }

  const lost = (because: string): void => {
    worker = undefined
    if (underway > 0) onDrop(underway)
    underway = 0
    for (const settle of questions.values()) settle(no('unavailable'))
    closed()
    if (closing !== undefined) return
    onReport?.({ what: 'restarted', because })
    const pauseMs = Math.min(1_000 * 2 ** restarts++, MAX_RESTART_MS)
    setTimeout(() => {
      if (closing === undefined) worker = start()
    }, pauseMs).unref()
  }

  const handOver = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (worker === undefined || lines.length === 0) return
    underway += lines.length
    post({ kind: 'insert', lines })
    lines = []
  }

  const post = (request: IndexRequest): void => worker?.postMessage(request, [])

  const ask = <T>(
    request: (ask: number) => IndexRequest,
    valueOf: (reply: IndexReply) => { readonly value: T } | undefined,
  ): Promise<DecisionAnswer<T>> => {
    if (worker === undefined || closing !== undefined) return Promise.resolve(no('unavailable'))
    if (questions.size >= MAX_QUESTIONS) return Promise.resolve(no('busy'))
    // What was decided a moment ago belongs into the answer.
    handOver()
    const number = nextAsk++
    return new Promise((resolve) => {
      const settle: Settle = (answer) => {
        clearTimeout(late)
        questions.delete(number)
        if ('ok' in answer) return resolve(answer)
        const found = valueOf(answer)
        resolve(found === undefined ? no('unavailable') : { ok: true, value: found.value })
      }
      const late = setTimeout(() => settle(no('slow')), answerMs)
      questions.set(number, settle)
      post(request(number))
    })
  }

  worker = start()

  return {
    add(line) {
      if (closing !== undefined || underway + lines.length >= queueLength) {
        onDrop(1)
        return
      }
      lines.push(line)
      if (lines.length >= BATCH) handOver()
      else timer ??= setTimeout(handOver, flushMs).unref()
    },
    query: (filter) =>
      ask(
        (number) => ({ kind: 'query', ask: number, filter }),
        (reply) => (reply.kind === 'page' ? { value: reply.page } : undefined),
      ),
    find: (id) =>
      ask(
        (number) => ({ kind: 'find', ask: number, id, arrivedMs: options.arrivalMsOf(id) }),
        (reply) => (reply.kind === 'record' ? { value: reply.record } : undefined),
      ),
    close() {
      closing ??= (async () => {
        handOver()
        if (lines.length > 0) onDrop(lines.length)
        lines = []
        const running = worker
        if (running === undefined) return
        const deadline = setTimeout(() => closed(), CLOSE_MS)
        await new Promise<void>((resolve) => {
          closed = resolve
          post({ kind: 'close' })
        })
        clearTimeout(deadline)
        await running.terminate()
      })()
      return closing
    },
  }
}
