import type {
  CampaignEvidence,
  CampaignSummary,
  Level,
  Mark,
  Observation,
} from '../../src/core/campaign.ts'
import type { Detector, DetectorOptions } from '../../src/campaigns/detector-seam.ts'

type State = {
  readonly ids: string[]
  readonly calls: { [entity: string]: number }
  readonly marks: { [entity: string]: Mark }
  lastObservedMs: number | undefined
}

const MARKED_CLIENT = 'campaign/1'
const CAMPAIGN = 'c1'
const HOUR_MS = 3_600_000

const begun = (): State => ({ ids: [], calls: {}, marks: {}, lastObservedMs: undefined })

const stateOf = (saved: Uint8Array | undefined): State =>
  // A test gives it what an earlier one saved.
  saved === undefined ? begun() : (JSON.parse(Buffer.from(saved).toString()) as State)

/**
 * A detector that a test can follow: whoever calls with the client `campaign/1` belongs to `c1`, at level 2
 * at once. A model named `throws` makes it throw, `exits` ends its process or thread.
 */
export const createCountingDetector = (options: DetectorOptions): Detector => {
  const state = stateOf(options.saved)
  const seen = new Set(state.ids)

  const mark = (entity: string, level: Level, atMs: number): void => {
    const made: Mark = {
      entity,
      campaign: CAMPAIGN,
      level,
      score: 9,
      axes: ['uniformity', 'client'],
      atMs,
      untilMs: atMs + HOUR_MS,
    }
    state.marks[entity] = made
    options.onMark(made)
  }
  const observe = (observation: Observation): void => {
    const { id, entity, atMs, model, client } = observation
    if (model === 'throws') throw new Error('an observation that cannot be taken')
    if (model === 'exits') process.exit(9)
    if (seen.has(id)) return
    seen.add(id)
    state.ids.push(id)
    state.calls[entity] = (state.calls[entity] ?? 0) + 1
    state.lastObservedMs = atMs
    if (client === MARKED_CLIENT) mark(entity, 2, atMs)
  }
  const marked = (): Mark[] => Object.values(state.marks).filter(({ level }) => level > 0)
  const summary = (): CampaignSummary | undefined => {
    const members = marked()
    if (Object.keys(state.marks).length === 0) return undefined
    return {
      id: CAMPAIGN,
      level: members.length > 0 ? 2 : 0,
      highestLevel: 2,
      score: 9,
      axes: ['uniformity', 'client'],
      members: members.length,
      firstLinkedAtMs: 1,
      firstActionAtMs: 1,
      lastSeenAtMs: state.lastObservedMs ?? 0,
      state: members.length > 0 ? 'acting' : 'dismissed',
    }
  }
  const known = (id: string): CampaignSummary | undefined =>
    id === CAMPAIGN ? summary() : undefined

  return {
    observe,
    tick: () => undefined,
    status: () => ({
      proven: 0,
      minReference: options.minReference,
      acting: true,
      missing: [],
      entities: Object.keys(state.calls).length,
      lastObservedMs: state.lastObservedMs,
      // Every observation is a pass.
      lastPassMs: state.lastObservedMs && state.lastObservedMs + state.ids.length / 1_000,
    }),
    list: () => [summary()].filter((one) => one !== undefined),
    show: (id): CampaignEvidence | undefined => {
      const found = known(id)
      return found === undefined
        ? undefined
        : {
            ...found,
            links: [],
            judged: [],
            hubs: [],
            edges: { handedOver: 0, repeatedTasks: 0 },
            membersByDay: [],
            forwardedBefore: 0,
            forwardedAfter: 0,
            history: [],
            clears: [],
          }
    },
    members: (id) =>
      known(id) === undefined
        ? undefined
        : marked().map(({ entity, level, atMs }) => ({
            entity,
            probability: 1,
            joinedAtMs: atMs,
            level,
            calls: state.calls[entity] ?? 0,
          })),
    label: ({ campaign, act, atMs }) => {
      if (known(campaign) === undefined) return undefined
      if (act === 'dismiss') for (const { entity } of marked()) mark(entity, 0, atMs)
      return summary()
    },
    marks: marked,
    save: () => Buffer.from(JSON.stringify(state)),
  }
}
