import { onTestFinished } from 'vitest'
import {
  createDetectorThread,
  type DetectorThread,
  type DetectorThreadOptions,
} from '../../src/campaigns/live/detector-thread.ts'
import type { DetectorReport } from '../../src/campaigns/live/detector-protocol.ts'
import { createMarksTable, type MarksTable } from '../../src/campaigns/live/marks-table.ts'

/** The thread of a detector that tests can follow, with what it said. */
export type WatchedThread = DetectorThread & {
  readonly marks: MarksTable
  readonly reports: readonly DetectorReport[]
  readonly dropped: () => number
}

/** A thread that runs the counting detector, closed after the test. */
export const aDetectorThread = (
  folder: string,
  over: Partial<DetectorThreadOptions> = {},
): WatchedThread => {
  const marks = createMarksTable()
  const reports: DetectorReport[] = []
  let dropped = 0
  const thread = createDetectorThread({
    setup: { ceiling: 2, minReference: 500, passMs: 60_000 },
    folder,
    entry: new URL('../fixtures/counting-detector-thread.ts', import.meta.url),
    flushMs: 20,
    onMarks: (some) => some.forEach((mark) => marks.take(mark)),
    onDrop: (count) => {
      dropped += count
    },
    onReport: (report) => void reports.push(report),
    ...over,
  })
  onTestFinished(() => thread.close())
  return { ...thread, marks, reports, dropped: () => dropped }
}
