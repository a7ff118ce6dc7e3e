import { campaignId, newCampaign, type Campaign } from './campaign.ts'
import type { Group } from './link/groups.ts'
import type { LinkFamily } from './link/link-keys.ts'

const OVERLAP = 0.5

/** A group of this pass and the campaign that it continues. */
export type Matched = { readonly campaign: Campaign; readonly group: Group }

/** Entities that two sets have in common. */
export const overlapOf = (one: ReadonlySet<number>, other: ReadonlySet<number>): number => {
  const [small, large] = one.size <= other.size ? [one, other] : [other, one]
  let common = 0
  for (const row of small) if (large.has(row)) common++
  return common
}

/**
 * Gives every group its campaign: of those with which it shares half of either the one of the highest level,
 * then the one with which it shares most; where there is none a new one. Groups that continue one campaign are told as one. A dismissed campaign is continued by nobody.
 */
export const matchCampaigns = (
  groups: readonly Group[],
  campaigns: Map<string, Campaign>,
  nowMs: number,
): readonly Matched[] => {
  const matched = new Map<Campaign, Group>()
  const live = [...campaigns.values()].filter(
    ({ endedAtMs, levels }) => endedAtMs === undefined && levels.operator !== 'dismissed',
  )
  for (const group of groups) {
    let best: Campaign | undefined
    let most = 0
    for (const campaign of live) {
      const { rows } = campaign
      const common = overlapOf(group.rows, rows)
      if (common === 0 || common < OVERLAP * Math.min(group.rows.size, rows.size)) continue
      const higher = campaign.levels.level - (best?.levels.level ?? -1)
      if (higher < 0 || (higher === 0 && common <= most)) continue
      best = campaign
      most = common
    }
    if (best === undefined) {
      const [link] = group.links
      const seed = link?.hash ?? Math.min(...group.rows) + 1
      let attempt = 0
      while (campaigns.has(campaignId(seed, nowMs, attempt))) attempt++
      best = newCampaign(campaignId(seed, nowMs, attempt), nowMs)
      campaigns.set(best.id, best)
    }
    const before = matched.get(best)
    matched.set(
      best,
      before === undefined
        ? group
        : {
            rows: new Set([...before.rows, ...group.rows]),
            links: [...new Set([...before.links, ...group.links])].toSorted(
              (a, b) => b.llr - a.llr,
            ),
            linkedBy: new Set<LinkFamily | 'edges'>([...before.linkedBy, ...group.linkedBy]),
          },
    )
  }
  return [...matched].map(([campaign, group]) => ({ campaign, group }))
}

/** The campaign of this pass that holds at least half of what one without a group was; `undefined` if none. */
export const absorberOf = (
  campaign: Campaign,
  matched: Iterable<readonly [Campaign, Group]>,
): Campaign | undefined => {
  for (const [other, group] of matched) {
    const common = overlapOf(campaign.rows, group.rows)
    if (common > 0 && common >= OVERLAP * campaign.rows.size) return other
  }
  return undefined
}
