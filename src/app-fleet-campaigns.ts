import {
  CAMPAIGNS,
  campaignReports,
  campaignsFolder,
  campaignSource,
  DEGRADED_LAG_MS,
  openObserving,
  type OpenCampaigns,
} from './app-campaigns.ts'
import { openDetection, type DetectionTuning } from './app-detect.ts'
import type { Ground } from './app-ground.ts'
import { gossipNote } from './app-shared-words.ts'
import type { OpenStore } from './app-store.ts'
import type { LevelCounts } from './campaigns/live/detector-protocol.ts'
import { createFleetCampaigns } from './campaigns/live/fleet-campaigns.ts'
import { createLagWatch } from './campaigns/live/lag-watch.ts'
import { MARKS_TOPIC, marksTexts, parseMarks } from './campaigns/live/mark-text.ts'
import { createMarksCopy } from './campaigns/live/marks-copy.ts'
import { readMarks } from './campaigns/live/marks-log.ts'
import { createMarksTable } from './campaigns/live/marks-table.ts'
import { createObservationSink } from './campaigns/live/observation-sink.ts'
import { ALIVE, type Alive } from './campaigns/live/spoken.ts'
import type { Gossip } from './core/gossip.ts'
import { registerCampaignMetrics } from './sinks/campaign-metrics.ts'
import type { Metrics } from './sinks/metrics.ts'
import { createRedisConnection } from './store/redis-connection.ts'
import { createDeskReader } from './store/redis-detect-desk.ts'
import { createDetectKeys, PARTITIONS, partOf } from './store/redis-detect-keys.ts'
import { loadMarks } from './store/redis-marks.ts'
import { createObservationTeller } from './store/redis-observations.ts'
import { createSealing } from './store/redis-seal.ts'

/** A page of marks may take longer than a call may wait. */
const COMMAND_MS = 2_000
const REFRESH_MS = 60_000
const RETRY_MS = 2_000
const LOOK_MS = 5_000

/** What campaigns of a fleet need in a process. */
export type FleetCampaignsParts = {
  readonly store: OpenStore
  readonly gossip: Gossip
  readonly metrics: Metrics
  /** Whether this process answers for its machine: it reports metrics and may detect; workers do not. */
  readonly leads: boolean
  readonly tuning?: DetectionTuning | undefined
}

/**
 * Campaigns as a process of a fleet sees them: what it observes goes to the streams of the store, marks
 * come from there and by gossip, and one process of all detects. Resolves once the marks were looked for;
 * while the store is away those that are known hold until they run out, also over a restart: the process
 * that leads keeps a copy in its data folder, which its workers read too.
 */
export const openFleetCampaigns = async (
  ground: Ground,
  { store, gossip, metrics, leads, tuning }: FleetCampaignsParts,
): Promise<OpenCampaigns> => {
  const { clock, dataDir, settings, suppression } = ground
  const { place } = store
  const { rootKey } = dataDir
  const keys = createDetectKeys(place.prefix, place.namespace)
  const sealing = createSealing(rootKey)
  const connection = createRedisConnection({ ...place.address, commandTimeoutMs: COMMAND_MS })
  const report = campaignReports(ground)
  const marks = createMarksTable()
  const folder = campaignsFolder(dataDir.path)
  for (const mark of readMarks(folder)) marks.take(mark)
  const copy = leads
    ? createMarksCopy({ folder, report, inForce: () => marks.inForce(clock.now()) })
    : undefined
  const take = (text: string): void => {
    for (const mark of parseMarks(text).marks) if (marks.take(mark)) copy?.changed()
  }
  gossip.hear(MARKS_TOPIC, take)

  let loadedAtMs: number | undefined
  const load = async (): Promise<void> => {
    const { texts, junk } = await loadMarks(connection, keys, sealing)
    texts.forEach(take)
    loadedAtMs = performance.now()
    if (junk > 0) {
      report({ what: 'problem', because: `${junk} marks in the store are none of ours` })
    }
  }
  let loading = false
  const refresh = async (): Promise<void> => {
    const due = loadedAtMs === undefined || performance.now() - loadedAtMs > REFRESH_MS
    if (!due || loading || !connection.ready()) return
    loading = true
    // Marks that are known hold; the next attempt is near.
    await load().catch(() => undefined)
    loading = false
  }
  await connection.readyWithin(store.patienceMs())
  await refresh()
  const refreshing = setInterval(() => void refresh(), RETRY_MS).unref()

  const teller = createObservationTeller({
    connect: () => connection.duplicate().client,
    keys,
    rootKey,
    onDropped: (count) => metrics.dropped(CAMPAIGNS, count),
    onTrouble: (kind) => {
      const note = gossipNote({ topic: 'observations', kind })
      suppression.note(note.kind, note.level, note.fields, note.text)
    },
  })

  const desk = createDeskReader({ connection, keys, sealing })
  let alive: Alive | undefined
  let changedMs = performance.now()
  const look = async (): Promise<void> => {
    const text = await desk.read(ALIVE)
    // The seal vouches that our own program said it.
    const now = text === undefined ? undefined : (JSON.parse(text) as Alive)
    if (now === undefined || now.beat === alive?.beat) return
    alive = now
    changedMs = performance.now()
  }
  const lagMs = (): number => (alive?.lagMs ?? 0) + (performance.now() - changedMs)
  const levels = (): LevelCounts => alive?.levels ?? [0, 0, 0, 0, 0]

  const closers: (() => void | Promise<void>)[] = []
  if (leads) {
    const looking = setInterval(() => void look().catch(() => undefined), LOOK_MS).unref()
    const watch = createLagWatch({ lagMs, onReport: report })
    registerCampaignMetrics(metrics.registry, () => ({
      levels: levels(),
      lagMs: lagMs(),
      marks: marks.size(clock.now()),
    }))
    closers.push(
      () => clearInterval(looking),
      () => watch.close(),
    )
  }
  if (leads && settings.campaigns.detect !== 'apart') {
    const detection = openDetection(ground, place, tuning)
    closers.push(() => detection.close())
  }

  return {
    source: campaignSource(ground, marks),
    sink: createObservationSink({
      observing: openObserving(ground),
      lanes: PARTITIONS,
      laneOf: (entity) => partOf(entity, PARTITIONS),
      tell: (text, count, partition) => teller.tell(text, count, partition),
    }),
    campaigns: createFleetCampaigns(desk),
    marks,
    marksTexts: () => marksTexts(marks.inForce(clock.now())),
    // Workers of a fleet tell the store themselves.
    observe: () => undefined,
    degraded: () => (leads && lagMs() > DEGRADED_LAG_MS ? [CAMPAIGNS] : []),
    close: async () => {
      clearInterval(refreshing)
      await teller.close()
      for (const close of closers) await close()
      await copy?.close()
      connection.close()
    },
  }
}
