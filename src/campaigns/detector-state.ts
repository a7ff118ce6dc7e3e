import type { Mark } from '../core/campaign.ts'
import { forgetRows, type Campaign } from './campaign.ts'
import { createConversations, type Conversations } from './link/conversations.ts'
import { packState, unpackState } from './detector-saved.ts'
import { createEntities, type Entities } from './link/entities.ts'
import { createMarking, type Marking } from './marking.ts'
import { createPivot, type Pivot } from './judge/pivot.ts'
import { createRecentIds, type RecentIds } from './link/recent-ids.ts'
import { createShownValues, type ShownValues } from './link/shown-values.ts'
import { createStrongEdges, type StrongEdges } from './link/strong-edges.ts'
import { createTasks, type Tasks } from './link/tasks.ts'

/** Times that a detector goes by. */
export type DetectorClock = {
  lastObservedMs: number | undefined
  lastPassMs: number | undefined
  nextPassMs: number | undefined
  sweptDay: number | undefined
  /** An observation that claimed to be days ahead of all others. */
  aheadMs: number | undefined
  /** Proven entities at the last pass, and whether they were enough. */
  proven: number
  acting: boolean
}

const NEW_CLOCK: DetectorClock = {
  lastObservedMs: undefined,
  lastPassMs: undefined,
  nextPassMs: undefined,
  sweptDay: undefined,
  aheadMs: undefined,
  proven: 0,
  acting: false,
}

type Saved = {
  readonly recentIds: Float64Array
  readonly entities: unknown
  readonly campaigns: Map<string, Campaign>
  readonly conversations: Uint8Array
  readonly tasks: Uint8Array
  readonly edges: Uint8Array
  readonly pivot: Uint8Array
  readonly shown: unknown
  readonly clock: DetectorClock
}

const savedState = (bytes: Uint8Array): Saved => {
  // Its checksum holds, so it is as some detector of this version wrote it; the tables check themselves.
  const state = unpackState(bytes) as Saved
  if (!(state.campaigns instanceof Map) || !(state.recentIds instanceof Float64Array))
    throw new TypeError('campaigns')
  return state
}

/** Everything a detector remembers. */
export type DetectorState = {
  readonly entities: Entities
  readonly campaigns: Map<string, Campaign>
  readonly marking: Marking
  readonly recentIds: RecentIds
  readonly shown: ShownValues
  readonly edges: StrongEdges
  readonly conversations: Conversations
  readonly tasks: Tasks
  readonly pivot: Pivot
  readonly clock: DetectorClock
  save(): Uint8Array
}

/** Builds the state, from what it gave to be saved where there is such. Throws where `saved` is not what {@link DetectorState.save} gave. */
export const createDetectorState = (options: {
  readonly maxEntities: number
  readonly onMark: (mark: Mark) => void
  readonly saved?: Uint8Array
}): DetectorState => {
  const { maxEntities, onMark } = options
  const saved = options.saved && savedState(options.saved)
  const campaigns = new Map(saved?.campaigns)
  const entities = createEntities({
    maxEntities,
    maxClusters: maxEntities,
    onForget: (gone) => {
      for (const row of gone) {
        marking.forget(row)
        for (const table of [edges, conversations, tasks, pivot]) table.drop(row)
      }
      for (const campaign of campaigns.values()) forgetRows(campaign, gone)
    },
  })
  const marking = createMarking({ entities, onMark })
  const recentIds = createRecentIds()
  const shown = createShownValues()
  if (saved !== undefined) {
    entities.restore(saved.entities)
    recentIds.restore(saved.recentIds)
    shown.restore(saved.shown)
    for (const campaign of campaigns.values()) marking.adopt(campaign)
  }
  const edges = createStrongEdges({ saved: saved?.edges })
  const conversations = createConversations({ saved: saved?.conversations })
  const tasks = createTasks({ saved: saved?.tasks, onPublic: (task) => edges.forget(task) })
  const pivot = createPivot({ saved: saved?.pivot })
  const clock: DetectorClock = { ...NEW_CLOCK, ...saved?.clock }
  return {
    entities,
    campaigns,
    marking,
    recentIds,
    shown,
    edges,
    conversations,
    tasks,
    pivot,
    clock,
    save: () =>
      packState({
        recentIds: recentIds.save(),
        entities: entities.save(),
        campaigns,
        conversations: conversations.save(),
        tasks: tasks.save(),
        edges: edges.save(),
        pivot: pivot.save(),
        shown: shown.save(),
        clock,
      } satisfies Saved),
  }
}
