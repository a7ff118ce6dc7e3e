import type { CampaignEvidence } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { Campaign } from './campaign.ts'
import { CONDUCT_DAYS } from './judge/conduct.ts'
import type { Entities } from './link/entities.ts'
import { callsOn } from './link/entity-conduct.ts'

type Counted = Pick<Campaign, 'members' | 'keptDays'>

/** Members that called on a day (a whole number of days since 1970), those that were let go included. */
const membersOn = ({ members, keptDays }: Counted, entities: Entities, day: number): number => {
  const columns = entities.columns()
  let n = 0
  for (const row of members.keys()) if (callsOn(columns, row, day) > 0) n++
  return Math.max(n, keptDays?.get(day) ?? 0)
}

const daysUpTo = (today: number): readonly number[] =>
  Array.from({ length: CONDUCT_DAYS + 1 }, (_, i) => today - CONDUCT_DAYS + i)

/** How many members called on each of the last days. */
export const membersByDay = (
  campaign: Counted,
  entities: Entities,
  nowMs: number,
): CampaignEvidence['membersByDay'] =>
  daysUpTo(Math.floor(nowMs / DAY_MS)).map((day) => ({
    dayMs: day * DAY_MS,
    members: membersOn(campaign, entities, day),
  }))

/** Keeps the counts of the days before members are let go: who they were is forgotten, how many is not. */
export const keepDays = (campaign: Campaign, entities: Entities): void => {
  campaign.keptDays = new Map(
    daysUpTo(Math.floor(campaign.lastSeenAtMs / DAY_MS)).map((day) => [
      day,
      membersOn(campaign, entities, day),
    ]),
  )
}
