import type { Mark } from '../../core/campaign.ts'
import type { DetectorReport } from './detector-protocol.ts'
import type { Detector } from '../detector-seam.ts'
import type { Positions, SavedFleet } from './fleet-seams.ts'
import { createHeardLabels, type HeardLabels } from './heard-labels.ts'
import { createLevelWatch, type LevelWatch } from './level-watch.ts'
import { createSpoken, type Spoken } from './spoken.ts'

/** What a process that detects for its fleet has under way; moments are those of `performance.now()`. */
export type Duty = {
  readonly detector: Detector
  readonly watch: LevelWatch
  positions: Positions
  /** Marks that the store has not got yet, the latest of each entity. */
  readonly owed: Map<string, Mark>
  readonly heard: HeardLabels
  /** Answers to labels that the store has not got yet, and the campaigns they are about. */
  readonly answers: Map<string, string>
  readonly labelled: Set<string>
  spoken: Spoken
  /** Whether the list has changed since it was said. */
  unsaid: boolean
  saidAtMs: number
  spokenPassMs: number | undefined
  savedAtMs: number
  sweptAtMs: number
  renewedAtMs: number
  behindMs: number
  /** Whether what stands in the store may be of an older memory than this one. */
  anew: boolean
  fence: number
}

/** A duty from what was loaded; everything is still to be said. */
export const beginDuty = (from: {
  readonly detector: Detector
  readonly owed: Map<string, Mark>
  readonly state: SavedFleet | undefined
  readonly fence: number
  readonly report: (report: DetectorReport) => void
}): Duty => {
  const { detector, owed, state, fence, report } = from
  const nowMs = performance.now()
  return {
    detector,
    watch: createLevelWatch(detector, report),
    owed,
    positions: state?.positions ?? {},
    heard: createHeardLabels(state?.labels),
    answers: new Map(),
    labelled: new Set(),
    spoken: createSpoken(),
    unsaid: true,
    saidAtMs: Number.NEGATIVE_INFINITY,
    spokenPassMs: undefined,
    savedAtMs: nowMs,
    sweptAtMs: nowMs,
    renewedAtMs: nowMs,
    behindMs: 0,
    anew: false,
    fence,
  }
}
