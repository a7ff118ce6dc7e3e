import type { AxisEvidence, LinkEvidence } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { EdgeCounts } from './link/edge-components.ts'
import type { Family } from './judge/group.ts'
import { linkedLevel, type LevelState } from './judge/levels.ts'
import type { Profile } from './link/membership.ts'
import { pairValue } from './link/value-hash.ts'

/** One entity of a campaign, by its row. */
export type Member = {
  probability: number
  joinedAtMs: number
  /** Whether it had been proven when it joined: then it counts as proven again once it is. */
  readonly provenBefore: boolean
  /** Level of the last mark, and when it was given; 0 where there is none. */
  marked: number
  markedAtMs: number
}

/** What is kept of a campaign. Plain data, so that it can be saved as it is. */
export type Campaign = {
  readonly id: string
  readonly firstLinkedAtMs: number
  /** Last pass that found its group. */
  groupedAtMs: number
  lastSeenAtMs: number
  endedAtMs: number | undefined
  levels: LevelState
  /** Entities that were linked last, whether marked or not. */
  rows: ReadonlySet<number>
  linkedBy: ReadonlySet<Family>
  /** Hashes of its links, with the entities each had. */
  linkCounts: ReadonlyMap<number, number>
  links: readonly LinkEvidence[]
  hubs: readonly LinkEvidence[]
  judged: readonly AxisEvidence[]
  edges: EdgeCounts
  profile: Profile | undefined
  readonly members: Map<number, Member>
  /**
   * Values of entities at their release, and behind them 1 where strong edges tied one then: they are spared
   * until they show another value that tells of the campaign, or are tied for the first time.
   */
  readonly spared: Map<number, readonly number[]>
  /** When members were last shut out for the first time: the hour after which others take their place. */
  shutOutAtMs: number | undefined
  /** Members that called by day, as counted when an operator let some go; absent before that. */
  keptDays?: ReadonlyMap<number, number>
  forwardedBefore: number
  forwardedAfter: number
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** `cmp_` and eight characters, the same for the same link, day and `attempt`. */
export const campaignId = (linkHash: number, nowMs: number, attempt: number): string => {
  const day = Math.floor(nowMs / DAY_MS)
  const low = pairValue(linkHash >>> 0, pairValue(day, attempt))
  const high = pairValue(Math.trunc(linkHash / 4_294_967_296) >>> 0, low)
  let text = 'cmp_'
  for (let i = 0; i < 8; i++) {
    text += BASE32[((i < 4 ? low : high) >>> ((i % 4) * 5)) & 31] ?? ''
  }
  return text
}

/** A campaign on the day its group is first seen. */
export const newCampaign = (id: string, nowMs: number): Campaign => ({
  id,
  firstLinkedAtMs: nowMs,
  groupedAtMs: nowMs,
  lastSeenAtMs: nowMs,
  endedAtMs: undefined,
  levels: linkedLevel(nowMs),
  rows: new Set(),
  linkedBy: new Set(),
  linkCounts: new Map(),
  links: [],
  hubs: [],
  judged: [],
  edges: { handedOver: 0, repeatedTasks: 0, distinctTasks: 0 },
  profile: undefined,
  members: new Map(),
  spared: new Map(),
  shutOutAtMs: undefined,
  forwardedBefore: 0,
  forwardedAfter: 0,
})

const without = (rows: ReadonlySet<number>, gone: ReadonlySet<number>): ReadonlySet<number> =>
  new Set([...rows].filter((row) => !gone.has(row)))

/** Forgets rows that will stand for others: what tied those before them says nothing of these. */
export const forgetRows = (campaign: Campaign, gone: ReadonlySet<number>): void => {
  const { spared, profile } = campaign
  for (const row of spared.keys()) if (gone.has(row)) spared.delete(row)
  campaign.rows = without(campaign.rows, gone)
  if (profile !== undefined && profile.edges.size > 0)
    campaign.profile = { ...profile, edges: without(profile.edges, gone) }
}
