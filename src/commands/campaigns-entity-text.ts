import type { CampaignMember, CampaignSummary } from '../core/campaign.ts'
import { countText, minuteText } from './campaigns-figures.ts'
import { harmless } from './campaigns-table.ts'
import { levelText } from './campaigns-words.ts'

/** What was found of an account, or the entity behind it. */
export type EntityFound = {
  /** As it was asked about. */
  readonly asked: string
  /** The entity that the account belongs to, where it is known. */
  readonly entity: string | undefined
  readonly member: CampaignMember | undefined
  readonly campaign: CampaignSummary | undefined
}

/** One sentence: which campaign an account is in, since when, and what is done; `guard` where one was asked. */
export const entityText = (
  { asked, entity, member, campaign }: EntityFound,
  { nowMs, guard }: { readonly nowMs: number; readonly guard: boolean },
): string => {
  const other = entity !== undefined && entity !== asked ? ` (entity ${harmless(entity, 80)})` : ''
  const who = `${harmless(asked, 80)}${other}`
  if (campaign === undefined) {
    return guard
      ? `${who} is in no campaign.\n`
      : `${who} is in no campaign. Without --admin accounts are not looked up; name the entity of the account.\n`
  }
  const since =
    member === undefined
      ? ''
      : ` since ${minuteText(member.joinedAtMs, nowMs)}, ${countText(member.calls)} calls`
  return `${who} is in ${harmless(campaign.id, 40)}${since}; level ${levelText(member?.level ?? campaign.level)}.\n`
}
