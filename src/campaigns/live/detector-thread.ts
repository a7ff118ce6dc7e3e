import type { Campaigns, Mark } from '../../core/campaign.ts'
import { Fault } from '../../core/fault.ts'
import { createBatchQueue } from './batch-queue.ts'
import type {
  Answer,
  DetectorReply,
  DetectorReport,
  DetectorRequest,
  DetectorSetup,
  DetectorThreadData,
  LevelCounts,
  Question,
} from './detector-protocol.ts'
import { campaignsBy } from './detector-questions.ts'
import { keepThread } from './kept-thread.ts'
import { createLagWatch } from './lag-watch.ts'
import { parseMarks } from './mark-text.ts'

/** Options of the thread; times in milliseconds. */
export type DetectorThreadOptions = {
  readonly setup: DetectorSetup
  /** Folder of its files; it is their only writer. */
  readonly folder: string
  /** Told of marks, already on disk. */
  readonly onMarks: (marks: readonly Mark[]) => void
  /** Told of observations that no detector will see. */
  readonly onDrop: (observations: number) => void
  readonly onReport: (report: DetectorReport) => void
  readonly saveMs?: number
  readonly flushMs?: number
  readonly answerMs?: number
  /** A thread that has not said anything for so long is ended and begun anew. */
  readonly silenceMs?: number
  /** How long it may take to write down what is left. */
  readonly closeMs?: number
  readonly maxQueueChars?: number
  /** The thread's own file, for tests that break it. */
  readonly entry?: URL
}

/** A detector in a thread of its own. */
export type DetectorThread = {
  readonly campaigns: Campaigns
  /** Takes a batch of so many observations. Never waits, never throws. */
  observe(text: string, count: number): void
  /** Milliseconds by which it is behind: since the oldest batch waits, or since it was last heard of. */
  lagMs(): number
  levels(): LevelCounts
  /** Ends the thread as a crash would, for tests. */
  crash(): Promise<void>
  /** Has it take what waits and save its state. Never rejects. */
  close(): Promise<void>
}

const MAX_QUESTIONS = 64
const CLOSE_MS = 8_000

type Settle = (reply: Extract<DetectorReply, { kind: 'answer' | 'failed' }> | undefined) => void

const unreachable = (): Fault =>
  new Fault('internal', { detail: 'the detector of campaigns cannot be reached' })
const nothing = (): void => undefined

/**
 * Starts the thread. It is handed batches as far as it keeps up; beyond `maxQueueChars` (32 Mi) that wait,
 * the oldest are dropped. A thread that dies, or says nothing for `silenceMs` (10 minutes), is begun anew
 * from what it saved, after pauses that double from half a second to a minute; what it had been handed
 * and did not confirm it may have journaled, so it is counted as dropped and not told twice. Calls notice
 * nothing of all this.
 */
export const createDetectorThread = (options: DetectorThreadOptions): DetectorThread => {
  const { setup, folder, onMarks, onDrop, onReport, answerMs = 10_000 } = options
  const { silenceMs = 600_000, maxQueueChars = 32 * 2 ** 20 } = options
  const entry = options.entry ?? new URL('./detector-thread-entry.ts', import.meta.url)
  const queue = createBatchQueue({ maxChars: maxQueueChars, onDrop })
  const questions = new Map<number, Settle>()
  let ready = false
  let heardMs = performance.now()
  let levels: LevelCounts = [0, 0, 0, 0, 0]
  let asked = 0
  let closing: Promise<void> | undefined
  let closed = nothing
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve
  })

  const post = (request: DetectorRequest): boolean => thread.post(request)
  const handOver = (all = false): void => {
    if (!thread.running() || (!ready && !all)) return
    for (let one = queue.next(all); one !== undefined; one = queue.next(all)) {
      post({ kind: 'observations', batch: one.batch, text: one.text })
    }
  }

  const received = (message: DetectorReply): void => {
    heardMs = performance.now()
    switch (message.kind) {
      case 'ready':
        ready = true
        return handOver()
      case 'taken':
        queue.confirmed(message.batch)
        if (message.refused > 0) onDrop(message.refused)
        return handOver()
      case 'marks':
        for (const text of message.texts) onMarks(parseMarks(text).marks)
        return
      case 'alive':
        levels = message.levels
        return
      case 'report':
        return onReport(message.report)
      case 'closed':
        return closed()
      case 'answer':
      case 'failed':
        questions.get(message.ask)?.(message)
    }
  }

  const thread = keepThread({
    entry,
    dataOf: (failedStarts): DetectorThreadData => {
      heardMs = performance.now()
      return {
        setup,
        folder,
        saveMs: options.saveMs ?? 300_000,
        flushMs: options.flushMs ?? 1_000,
        failedStarts,
      }
    },
    // The thread runs our own file and speaks our own protocol.
    onMessage: (message) => received(message as DetectorReply),
    wasReady: () => ready,
    onLost: (because, ended) => {
      ready = false
      const gone = queue.lost()
      if (gone > 0) onDrop(gone)
      for (const settle of questions.values()) settle(undefined)
      if (ended) closed()
      else onReport({ what: 'restarted', because })
    },
  })

  const lagMs = (): number => {
    const nowMs = performance.now()
    return Math.max(0, nowMs - (queue.oldestMs() ?? nowMs), nowMs - heardMs)
  }
  const watch = createLagWatch({ lagMs, onReport })
  const silence = setInterval(
    () => {
      if (performance.now() - heardMs > silenceMs) void thread.crash()
    },
    Math.min(silenceMs, 10_000),
  ).unref()

  const ask = (question: Question): Promise<Answer> => {
    if (closing !== undefined || questions.size >= MAX_QUESTIONS) {
      return Promise.reject(unreachable())
    }
    const number = asked++
    if (!post({ kind: 'ask', ask: number, question })) return Promise.reject(unreachable())
    return new Promise((resolve, reject) => {
      const settle: Settle = (reply) => {
        clearTimeout(late)
        questions.delete(number)
        if (reply?.kind === 'answer') resolve(reply.answer)
        else reject(unreachable())
      }
      const late = setTimeout(() => settle(undefined), answerMs)
      questions.set(number, settle)
    })
  }

  return {
    campaigns: campaignsBy(ask),
    observe: (text, count) => {
      if (closing !== undefined) return onDrop(count)
      queue.add(text, count, performance.now())
      handOver()
    },
    lagMs,
    levels: () => levels,
    crash: () => thread.crash(),
    close: () => {
      closing ??= (async () => {
        watch.close()
        clearInterval(silence)
        handOver(true)
        await thread.end({ kind: 'close' }, isClosed, options.closeMs ?? CLOSE_MS)
        if (queue.waiting() > 0) onDrop(queue.waiting())
      })()
      return closing
    },
  }
}
