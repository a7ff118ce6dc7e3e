import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Campaigns } from '../../core/campaign.ts'
import { Fault } from '../../core/fault.ts'
import { answerOf } from './detector-answers.ts'
import type { DetectorSetup } from './detector-protocol.ts'
import { campaignsBy } from './detector-questions.ts'
import type { Detector, DetectorOptions } from '../detector-seam.ts'
import { isLabelLine, labelOfLine } from './journal-line.ts'
import { hasJournals, journalLines } from './observation-journal.ts'
import { parseObservations } from './observation-text.ts'
import { readState } from './state-file.ts'

const setupForm = z.object({
  ceiling: z.literal([0, 1, 2, 3, 4]),
  minReference: z.int(),
  level4Score: z.number().optional(),
  passMs: z.number(),
  replayed: z.boolean().optional(),
})

const SHIPPED: DetectorSetup = { ceiling: 2, minReference: 500, passMs: 900_000 }

/** Where a detector writes down how it was set up, for those who read what it left. */
export const setupFile = (folder: string): string => join(folder, 'setup')

/** How a detector was set up; `replayed` where it ran in a replay and no guard has gone on from it since. */
export type LeftSetup = DetectorSetup & { readonly replayed?: boolean | undefined }

/** What was written down in a folder; as shipped where nothing sound is. */
export const setupIn = (folder: string): LeftSetup => {
  try {
    return setupForm.parse(JSON.parse(readFileSync(setupFile(folder), 'utf8')))
  } catch {
    return SHIPPED
  }
}

/**
 * Campaigns as a detector left them in its folder: its saved state, and what it took since. Reads only, so
 * that it may be called beside a running guard; labels reject. Throws a plain sentence where there is
 * nothing, or nothing whole.
 */
export const readCampaigns = (
  folder: string,
  createDetector: (options: DetectorOptions) => Detector,
): Campaigns => {
  const saved = readState(join(folder, 'state'))
  if (saved === 'damaged') {
    throw new Error(
      `the saved state of campaigns in ${folder} is damaged; start the guard, which sets it aside and begins with what it journaled`,
    )
  }
  if (saved === undefined && !hasJournals(folder)) {
    throw new Error(
      `there is no saved state of campaigns in ${folder}; ask a running guard with --admin, or name the folder of one, or of a replay, with --data`,
    )
  }
  const detector = createDetector({
    ...setupIn(folder),
    onMark: () => undefined,
    saved: saved?.state,
    onProblem: (what) => {
      throw new Error(`the saved state of campaigns in ${folder} cannot be used: ${what}`)
    },
  })
  const nowMs = Date.now()
  for (const line of journalLines(folder, saved?.journal ?? 0)) {
    const label = labelOfLine(line)
    if (label !== undefined) detector.label(label)
    else if (!isLabelLine(line)) {
      for (const one of parseObservations(line, nowMs).observations) detector.observe(one)
    }
  }
  return campaignsBy((question) => {
    if (question.of === 'label') {
      return Promise.reject(new Fault('internal', { detail: 'a label needs a running guard' }))
    }
    return Promise.resolve(answerOf(detector, question))
  })
}
