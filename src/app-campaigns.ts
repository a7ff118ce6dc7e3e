import { join } from 'node:path'
import { campaignNote } from './app-campaign-words.ts'
import type { Ground } from './app-ground.ts'
import type { DetectorReport, DetectorSetup } from './campaigns/live/detector-protocol.ts'
import { createDetectorThread } from './campaigns/live/detector-thread.ts'
import { MARKS_TOPIC, marksTexts, parseMarks } from './campaigns/live/mark-text.ts'
import { readMarks } from './campaigns/live/marks-log.ts'
import { createMarksTable, type MarksTable } from './campaigns/live/marks-table.ts'
import { createObservationSink } from './campaigns/live/observation-sink.ts'
import { createObserving, type Observing } from './campaigns/live/observing.ts'
import type { Campaigns, Marks } from './core/campaign.ts'
import type { Gossip } from './core/gossip.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { SignalSource, Sink } from './core/seams.ts'
import { createReference } from './policy/reference.ts'
import { createCampaignSource } from './signals/campaign.ts'
import { registerCampaignMetrics } from './sinks/campaign-metrics.ts'
import type { Metrics } from './sinks/metrics.ts'
import type { Channel } from './workers/channel.ts'
import { tellObservations } from './workers/observation-batches.ts'

/** Name of this part: of its sink, its folder, and in what is degraded. */
export const CAMPAIGNS = 'campaigns'

/** What the path of a call has to do with campaigns: it tells what it sees, and reads marks. */
export type CampaignPath = {
  readonly source: SignalSource
  readonly sink: Sink
}

/** Detection of campaigns as a process sees it. */
export type OpenCampaigns = CampaignPath & {
  readonly campaigns: Campaigns
  /** What calls are judged by. */
  readonly marks: Marks
  /** Marks in force, in batches, for a process that starts. */
  marksTexts(): readonly string[]
  /** Takes a batch of so many observations of another process. */
  observe(text: string, count: number): void
  degraded(): readonly string[]
  close(): Promise<void>
}

/** Where a detector keeps its files. */
export const campaignsFolder = (dataDir: string): string => join(dataDir, CAMPAIGNS)

/** The settings of a detector as plain data. */
export const detectorSetup = ({ settings }: Pick<Ground, 'settings'>): DetectorSetup => {
  const { ceiling, min_reference, level_4_score, pass } = settings.campaigns
  return { ceiling, minReference: min_reference, level4Score: level_4_score, passMs: pass }
}

/** How calls become observations, as the settings say who is proven. */
export const openObserving = ({ settings, dataDir }: Ground): Observing => {
  const compiled = createReference(settings.campaigns.reference)
  // The settings were checked when they were read; whoever cannot be judged is not proven.
  const isProven = compiled.ok ? compiled.reference : () => false
  return createObserving({ isProven, hashNetwork: createKeyedHash(dataDir.rootKey, 'network') })
}

/** The fact source over a table of marks. */
export const campaignSource = ({ clock }: Ground, marks: MarksTable): SignalSource =>
  createCampaignSource({ marks, clock })

/** Logs what befalls detection. */
export const campaignReports =
  ({ log, suppression }: Pick<Ground, 'log' | 'suppression'>) =>
  (report: DetectorReport): void => {
    const { kind, level, fields, text } = campaignNote(report)
    // Each is news of its own, and a detector comes to them once a pass: none stands for others.
    if (report.what === 'level' || report.what === 'labelled') log[level]({ kind, ...fields }, text)
    else suppression.note(kind, level, fields, text)
  }

/** Behind by so much, detection counts as degraded. */
export const DEGRADED_LAG_MS = 600_000

/**
 * Detection in this process: a thread of its own, with its files in the data folder. Marks of the last run
 * hold from the first call on. What `others`, the workers, must hear of marks goes to their gossip.
 */
export const openOwnCampaigns = (
  ground: Ground,
  {
    metrics,
    others,
    entry,
  }: {
    readonly metrics: Metrics
    readonly others?: Gossip | undefined
    /** The thread's own file, for tests. */
    readonly entry?: URL | undefined
  },
): OpenCampaigns => {
  const { clock, dataDir } = ground
  const folder = campaignsFolder(dataDir.path)
  const marks = createMarksTable()
  for (const mark of readMarks(folder)) marks.take(mark)
  const thread = createDetectorThread({
    setup: detectorSetup(ground),
    folder,
    onMarks: (some) => {
      for (const mark of some) marks.take(mark)
      for (const text of marksTexts(some)) others?.tell(MARKS_TOPIC, text)
    },
    onDrop: (count) => metrics.dropped(CAMPAIGNS, count),
    onReport: campaignReports(ground),
    ...(entry && { entry }),
  })
  registerCampaignMetrics(metrics.registry, () => ({
    levels: thread.levels(),
    lagMs: thread.lagMs(),
    marks: marks.size(clock.now()),
  }))
  return {
    source: campaignSource(ground, marks),
    sink: createObservationSink({
      observing: openObserving(ground),
      tell: (text, count) => thread.observe(text, count),
    }),
    campaigns: thread.campaigns,
    marks,
    marksTexts: () => marksTexts(marks.inForce(clock.now())),
    observe: (text, count) => thread.observe(text, count),
    degraded: () => (thread.lagMs() > DEGRADED_LAG_MS ? [CAMPAIGNS] : []),
    close: () => thread.close(),
  }
}

/** What a worker has to do with campaigns: its primary detects, and says which marks hold. */
export const openToldCampaigns = (
  ground: Ground,
  {
    channel,
    gossip,
    known,
    metrics,
  }: {
    readonly channel: Channel
    readonly gossip: Gossip
    /** Marks that held when it started. */
    readonly known: readonly string[]
    readonly metrics: Metrics
  },
): CampaignPath => {
  const marks = createMarksTable()
  const take = (text: string): void => {
    for (const mark of parseMarks(text).marks) marks.take(mark)
  }
  known.forEach(take)
  gossip.hear(MARKS_TOPIC, take)
  return {
    source: campaignSource(ground, marks),
    sink: createObservationSink({
      observing: openObserving(ground),
      tell: tellObservations(channel, (count) => metrics.dropped(CAMPAIGNS, count)),
    }),
  }
}
