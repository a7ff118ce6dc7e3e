import { detectorSetup } from './app-campaigns.ts'
import type { FoundState } from './app-keep-campaigns.ts'
import type { Detector, DetectorOptions } from './campaigns/detector-seam.ts'
import { createMarksTable } from './campaigns/live/marks-table.ts'
import { createObserving } from './campaigns/live/observing.ts'
import type { Level, Mark } from './core/campaign.ts'
import type { CallEvent } from './core/event.ts'
import type { KeyedHash } from './core/keyed-hash.ts'
import type { Clock, SignalSource } from './core/seams.ts'
import { createReference } from './policy/reference.ts'
import type { DetectorSummary } from './replay/summary.ts'
import type { FoundCampaigns } from './replay/tally.ts'
import type { Settings } from './settings.ts'
import { createCampaignSource } from './signals/campaign.ts'

/** What finds campaigns while calls are replayed. */
export type ReplayCampaigns = FoundCampaigns & {
  /** Facts about the caller's campaign. */
  readonly source: SignalSource
  /** Learns from a call, and from what it completes. */
  readonly observe: (event: CallEvent) => void
  /** The trace has come to this moment; what is due by then is done before its call is judged. */
  readonly tick: (nowMs: number) => void
  /** What was found, as {@link CampaignsKeep} keeps it. */
  readonly found: () => FoundState
  /** How the detector stands. */
  readonly status: () => DetectorSummary
}

const TICK_MS = 60_000
/** Marks stay, so that nobody is let go for want of room. */
const MAX_MARKS = 10_000_000

/**
 * The detector of the settings, in line with the calls: no call is judged before all that the earlier ones
 * have shown is in force.
 */
export const openReplayCampaigns = (parts: {
  readonly settings: Settings
  readonly hashNetwork: KeyedHash
  readonly clock: Clock
  readonly createDetector: (options: DetectorOptions) => Detector
}): ReplayCampaigns => {
  const { settings, hashNetwork, clock, createDetector } = parts
  const setup = detectorSetup({ settings })
  const marks = createMarksTable(MAX_MARKS)
  const highest = new Map<string, Level>()
  /** What the call under way has led to, which counts from the next one on. */
  let fresh: Mark[] = []
  const settle = (): void => {
    if (fresh.length === 0) return
    for (const { entity, level } of fresh) {
      if (level > (highest.get(entity) ?? 0)) highest.set(entity, level)
    }
    fresh = []
  }
  const detector = createDetector({
    ...setup,
    onMark: (mark) => {
      marks.take(mark)
      fresh.push(mark)
    },
  })
  const compiled = createReference(settings.campaigns.reference)
  // The settings were checked when they were read; whoever cannot be judged is not proven.
  const isProven = compiled.ok ? compiled.reference : () => false
  const observationOf = createObserving({ isProven, hashNetwork })
  let tickedMs = Number.NEGATIVE_INFINITY

  return {
    source: createCampaignSource({ marks, clock }),
    observe: (event) => {
      const observation = observationOf(event)
      if (observation !== undefined) detector.observe(observation)
    },
    tick: (nowMs) => {
      if (nowMs - tickedMs >= TICK_MS) {
        tickedMs = nowMs
        detector.tick(nowMs)
      }
      settle()
    },
    list: () => detector.list(),
    members: (id) => (detector.members(id) ?? []).map(({ entity }) => entity),
    found: () => ({ setup, state: detector.save(), marks: detector.marks() }),
    status: () => {
      const { proven, minReference, acting, missing } = detector.status()
      return { proven, min_reference: minReference, acting, missing }
    },
    highestLevel: (entity) => highest.get(entity) ?? 0,
  }
}
