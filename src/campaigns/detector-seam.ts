import type {
  CampaignEvidence,
  CampaignLabel,
  CampaignMember,
  CampaignSummary,
  DetectorStatus,
  Level,
  Mark,
  Observation,
} from '../core/campaign.ts'

/** What a detector is set up with. */
export type DetectorOptions = {
  /** Highest level it gives by itself. */
  readonly ceiling: Level
  /** Proven entities below which everything stays at level 0. */
  readonly minReference: number
  /** Score from which three axes that held for 24 h give level 4; never where absent. */
  readonly level4Score?: number | undefined
  /** Milliseconds of observed time between two passes. */
  readonly passMs: number
  /** Told of every mark that is new, changed or renewed. */
  readonly onMark: (mark: Mark) => void
  /** What {@link Detector.save} gave, of the same version; anything else begins anew and says so. */
  readonly saved?: Uint8Array | undefined
  readonly onProblem?: ((what: string) => void) | undefined
}

/**
 * Links entities that belong together and judges them, on the clock of what it observes: the same
 * observations in the same order give the same marks. Synchronous; it runs in a thread of its own beside
 * a guard, and inline in a replay.
 */
export interface Detector {
  /** Takes one observation, in about time order; O(1). May run a pass that is due. */
  observe(observation: Observation): void
  /** Runs passes that are due at `nowMs`, also while nothing is observed. */
  tick(nowMs: number): void
  status(): DetectorStatus
  list(): readonly CampaignSummary[]
  show(id: string): CampaignEvidence | undefined
  members(id: string): readonly CampaignMember[] | undefined
  label(label: CampaignLabel): CampaignSummary | undefined
  /** Marks in force, to tell somebody who starts. */
  marks(): readonly Mark[]
  /** Its whole state. */
  save(): Uint8Array
}
