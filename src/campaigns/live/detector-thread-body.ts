import type { MessagePort } from 'node:worker_threads'
import type { Mark } from '../../core/campaign.ts'
import { answerOf, levelCounts } from './detector-answers.ts'
import { isClockAhead } from './clock-ahead.ts'
import { openDetectorKeep } from './detector-keep.ts'
import type {
  DetectorReply,
  DetectorRequest,
  DetectorThreadData,
  LevelCounts,
  Question,
} from './detector-protocol.ts'
import type { Detector, DetectorOptions } from '../detector-seam.ts'
import { createLevelWatch } from './level-watch.ts'
import { isLabelLine, labelLine, labelOfLine } from './journal-line.ts'
import { marksTexts } from './mark-text.ts'
import { openMarksLog } from './marks-log.ts'
import { parseObservations } from './observation-text.ts'
import { restoredDetector } from './restored-detector.ts'

const ALIVE_MS = 1_000
/** A log of marks beyond this is written anew from those in force. */
const MARKS_LOG_BYTES = 16 * 2 ** 20
/** A journal beyond this has the state saved before its time. */
const JOURNAL_BYTES = 128 * 2 ** 20

const words = (error: unknown): string =>
  error instanceof Error ? error.message.slice(0, 200) : 'unknown'

/**
 * The thread of a detector: takes batches, journals them, tells marks once the disk holds them, answers
 * questions, saves its state. File work is synchronous: nobody waits for this thread. An observation that
 * the detector cannot take costs only itself.
 */
export const runDetectorThread = (
  port: MessagePort,
  data: DetectorThreadData,
  createDetector: (options: DetectorOptions) => Detector,
): void => {
  const reply = (message: DetectorReply): void => port.postMessage(message)
  const report = (one: Extract<DetectorReply, { kind: 'report' }>['report']): void =>
    reply({ kind: 'report', report: one })
  const { setup, folder, saveMs, flushMs, failedStarts } = data
  const keep = openDetectorKeep({ folder, failedStarts, report })
  const log = openMarksLog(folder)
  keep.describe(setup)
  let fresh: Mark[] = []
  let told = false
  let restored = false
  let marksFailing = false
  let observed = false

  const { detector, refused: unusable } = restoredDetector({
    createDetector,
    setup,
    saved: keep.saved,
    onMark: (mark) => void fresh.push(mark),
    onProblem: (because) => report({ what: 'problem', because }),
  })
  // The next save would take with it what operators said: another version may still read this one.
  if (unusable !== undefined) keep.setAside('the detector does not use it')

  /** Told late rather than never where the disk refuses: the detector says a mark again as it renews it. */
  const logged = (marks: readonly Mark[]): void => {
    try {
      if (log.bytes() > MARKS_LOG_BYTES) log.replace(detector.marks())
      log.append(marks)
      if (marksFailing) report({ what: 'files_work' })
      marksFailing = false
    } catch (error) {
      if (!marksFailing) report({ what: 'files_failing', because: words(error) })
      marksFailing = true
    }
  }
  const tellMarks = (): void => {
    if (!restored || fresh.length === 0) return
    const marks = fresh
    fresh = []
    // What they follow from first: who begins anew comes to the same marks again.
    keep.flush()
    logged(marks)
    reply({ kind: 'marks', texts: marksTexts(marks) })
  }
  /** Runs work of the detector; one mishap is told, not every one. */
  const guarded = (work: () => void): boolean => {
    try {
      work()
      return true
    } catch (error) {
      if (!told) report({ what: 'problem', because: words(error) })
      told = true
      return false
    }
  }
  const observe = (text: string): { readonly taken: number; readonly refused: number } => {
    const { observations, refused } = parseObservations(text, Date.now())
    let failed = 0
    for (const observation of observations) {
      if (!guarded(() => detector.observe(observation))) failed++
    }
    return { taken: observations.length - failed, refused: refused + failed }
  }

  const restore = (): void => {
    let observations = 0
    let refused = 0
    for (const line of keep.lines()) {
      if (isLabelLine(line)) {
        const label = labelOfLine(line)
        if (label === undefined) refused++
        else guarded(() => void detector.label(label))
        continue
      }
      const came = observe(line)
      observations += came.taken
      refused += came.refused
    }
    if (observations > 0 || refused > 0) report({ what: 'restored', observations, refused })
    // What it said while it read the journal was said before; who starts with it is told what holds now.
    fresh = [...detector.marks()]
    restored = true
    tellMarks()
  }

  const save = (): void => {
    guarded(() => keep.save(detector.save()))
  }
  /** Levels as of a pass; anew after a label too. */
  let counted: { readonly passMs: number | undefined; readonly levels: LevelCounts } | undefined
  const answer = (ask: number, question: Question): void => {
    try {
      if (question.of === 'label') {
        keep.add(labelLine(question.label))
        keep.flush()
      }
      const answered = answerOf({ ...detector, label: (label) => watch.label(label) }, question)
      if (question.of === 'label') counted = undefined
      tellMarks()
      reply({ kind: 'answer', ask, answer: answered })
    } catch (error) {
      report({ what: 'problem', because: words(error) })
      reply({ kind: 'failed', ask })
    }
  }

  const levels = (): LevelCounts => {
    const passMs = detector.status().lastPassMs
    if (counted === undefined || counted.passMs !== passMs) {
      counted = { passMs, levels: levelCounts(detector) }
      watch.look()
    }
    return counted.levels
  }
  const alive = (): void => {
    // While observations come its clock is theirs: those that still wait are older than now.
    const nowMs = Date.now()
    if (!observed || isClockAhead(detector, nowMs)) guarded(() => detector.tick(nowMs))
    observed = false
    tellMarks()
    guarded(() => reply({ kind: 'alive', levels: levels() }))
  }
  const flush = (): void => {
    keep.flush()
    if (keep.bytes() > JOURNAL_BYTES) save()
  }

  restore()
  // What it came to before, and while it read the journal, was told by whoever ran then.
  const watch = createLevelWatch(detector, report)
  const timers = [
    setInterval(alive, ALIVE_MS),
    setInterval(flush, flushMs),
    setInterval(save, saveMs),
  ]
  port.on('message', (request: DetectorRequest) => {
    switch (request.kind) {
      case 'observations': {
        keep.add(request.text)
        const { refused } = observe(request.text)
        observed = true
        tellMarks()
        return reply({ kind: 'taken', batch: request.batch, refused })
      }
      case 'ask':
        return answer(request.ask, request.question)
      case 'close':
        for (const timer of timers) clearInterval(timer)
        save()
        keep.close()
        log.close()
        reply({ kind: 'closed' })
        port.close()
    }
  })
  reply({ kind: 'ready' })
  alive()
}
