import type { CampaignEvidence, CampaignMember, CampaignSummary } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { Campaign } from './campaign.ts'
import { clearsOf } from './judge/clears.ts'
import { CONDUCT_DAYS } from './judge/conduct.ts'
import type { Entities } from './link/entities.ts'
import { callsOn } from './link/entity-conduct.ts'
import { stateOf } from './judge/levels.ts'
import { memberLevel } from './marking.ts'

/** One line about a campaign. */
export const summaryOf = (campaign: Campaign): CampaignSummary => {
  const { id, levels, members, firstLinkedAtMs, lastSeenAtMs, endedAtMs } = campaign
  return {
    id,
    level: levels.level,
    highestLevel: levels.highestLevel,
    score: levels.score,
    axes: levels.axes,
    members: members.size,
    firstLinkedAtMs,
    firstActionAtMs: levels.firstActionAtMs,
    lastSeenAtMs,
    state: endedAtMs !== undefined && levels.operator === undefined ? 'ended' : stateOf(levels),
  }
}

/** Members, of the most probable first. */
export const membersOf = (campaign: Campaign, entities: Entities): readonly CampaignMember[] => {
  const { calls } = entities.columns()
  return [...campaign.members]
    .map(([row, member]) => ({
      entity: entities.nameOf(row),
      probability: member.probability,
      joinedAtMs: member.joinedAtMs,
      level: memberLevel(campaign, member),
      calls: calls[row] ?? 0,
    }))
    .toSorted((a, b) => b.probability - a.probability || (a.entity < b.entity ? -1 : 1))
}

/** Everything known of a campaign as of `nowMs`. */
export const evidenceOf = (
  campaign: Campaign,
  entities: Entities,
  nowMs: number,
): CampaignEvidence => {
  const columns = entities.columns()
  const rows = [...campaign.members.keys()]
  const today = Math.floor(nowMs / DAY_MS)
  const membersByDay = Array.from({ length: CONDUCT_DAYS + 1 }, (_, i) => {
    const day = today - CONDUCT_DAYS + i
    const members = rows.reduce((n, row) => n + (callsOn(columns, row, day) > 0 ? 1 : 0), 0)
    return { dayMs: day * DAY_MS, members }
  })
  const hasActed = campaign.levels.firstActionAtMs !== undefined
  return {
    ...summaryOf(campaign),
    links: campaign.links,
    judged: campaign.judged,
    hubs: campaign.hubs,
    edges: {
      handedOver: campaign.edges.handedOver,
      repeatedTasks: campaign.edges.repeatedTasks,
    },
    membersByDay,
    forwardedBefore: hasActed
      ? campaign.forwardedBefore
      : rows.reduce((sum, row) => sum + (columns.forwarded[row] ?? 0), 0),
    forwardedAfter: campaign.forwardedAfter,
    history: campaign.levels.history,
    clears: clearsOf(campaign.levels, campaign.judged),
  }
}
