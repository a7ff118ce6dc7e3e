import type { CampaignLabel } from '../core/campaign.ts'
import type { Campaign } from './campaign.ts'
import { keepDays } from './campaign-days.ts'
import type { Entities } from './link/entities.ts'
import { labelledLevel } from './judge/levels.ts'
import type { Marking } from './marking.ts'
import { noteLevel } from './pass.ts'

/**
 * Does what an operator says of a campaign. False where it names a member that there is not. Nothing an
 * operator says reaches the reference population, so a label teaches the detector nothing about others.
 */
export const applyLabel = (
  parts: { readonly entities: Entities; readonly marking: Marking },
  campaign: Campaign,
  label: CampaignLabel,
): boolean => {
  const { entities, marking } = parts
  const nowMs = label.atMs
  const row = label.entity === undefined ? undefined : entities.find(label.entity)
  if (label.act === 'release' || label.act === 'dismiss') keepDays(campaign, entities)
  if (label.act === 'release' && label.entity !== undefined) {
    if (row === undefined || !campaign.members.has(row)) return false
    campaign.levels = labelledLevel(campaign.levels, label)
    marking.spare(campaign, row, nowMs)
    return true
  }
  const before = campaign.levels.level
  campaign.levels = labelledLevel(campaign.levels, label)
  // One that ended has nobody left to act on; what is said of it is kept in its history.
  if (campaign.endedAtMs !== undefined) campaign.levels = { ...campaign.levels, level: 0 }
  noteLevel(parts, campaign, before, nowMs)
  if (label.act === 'dismiss') marking.leaveAll(campaign, nowMs)
  else if (label.act === 'release') {
    for (const member of campaign.members.keys()) marking.spare(campaign, member, nowMs)
  } else marking.sayAll(campaign, nowMs)
  return true
}
