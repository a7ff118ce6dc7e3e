import type {
  AxisEvidence,
  CampaignEvidence,
  CampaignMember,
  CampaignSummary,
} from '../core/campaign.ts'
import type { Campaign } from './campaign.ts'
import { membersByDay } from './campaign-days.ts'
import { clearsOf } from './judge/clears.ts'
import type { Entities } from './link/entities.ts'
import { stateOf } from './judge/levels.ts'
import { heldAxes } from './judge/standing-axes.ts'
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
    state: endedAtMs !== undefined && levels.operator !== 'dismissed' ? 'ended' : stateOf(levels),
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

/** What was judged last, with what of the score is remembered. */
const judgedOf = ({ judged, levels }: Campaign, nowMs: number): readonly AxisEvidence[] => {
  const held = heldAxes(levels.runs, { acting: true, nowMs })
  return judged.map((row) => {
    const counts = levels.axes.includes(row.axis) && held.find(({ axis }) => axis === row.axis)
    return counts && counts.adds > row.adds ? { ...row, remembered: counts.adds } : row
  })
}

/** Everything known of a campaign as of `nowMs`. */
export const evidenceOf = (
  campaign: Campaign,
  entities: Entities,
  nowMs: number,
): CampaignEvidence => {
  const columns = entities.columns()
  const rows = [...campaign.members.keys()]
  const hasActed = campaign.levels.firstActionAtMs !== undefined
  return {
    ...summaryOf(campaign),
    links: campaign.links,
    judged: judgedOf(campaign, nowMs),
    linked: campaign.rows.size,
    hubs: campaign.hubs,
    edges: {
      handedOver: campaign.edges.handedOver,
      repeatedTasks: campaign.edges.repeatedTasks,
    },
    membersByDay: membersByDay(campaign, entities, nowMs),
    forwardedBefore: hasActed
      ? campaign.forwardedBefore
      : rows.reduce((sum, row) => sum + (columns.forwarded[row] ?? 0), 0),
    forwardedAfter: campaign.forwardedAfter,
    history: campaign.levels.history,
    clears: clearsOf(campaign.levels, campaign.judged),
  }
}
