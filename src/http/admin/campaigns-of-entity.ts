import type { CampaignMember, Campaigns, CampaignSummary } from '../../core/campaign.ts'

/** The campaign that an entity is in, and its line among the members. */
export type Belonging = {
  readonly campaign: CampaignSummary
  readonly entity: string
  /** `undefined` where the detector does not tell all members and this is one it left out. */
  readonly member: CampaignMember | undefined
}

/**
 * The campaign that one of `names` is in, also one that is only watched; `undefined` where it is in none.
 * `marked` names the campaign that calls are judged by, which is looked at first: it holds also where a
 * detector tells only the most probable members. Asks for the members of one campaign at a time.
 */
export const campaignOfEntity = async (
  detector: Pick<Campaigns, 'list' | 'members'>,
  names: readonly string[],
  marked?: { readonly entity: string; readonly campaign: string },
): Promise<Belonging | undefined> => {
  const all = await detector.list()
  const first = (one: CampaignSummary): number => (one.id === marked?.campaign ? 1 : 0)
  const ordered = all
    .filter((one) => one.members > 0)
    .toSorted((a, b) => first(b) - first(a) || b.level - a.level || b.score - a.score)
  for (const campaign of ordered) {
    // One after the other: each answer may hold thousands, and the first that has it is enough.
    // oxlint-disable-next-line no-await-in-loop
    const members = (await detector.members(campaign.id)) ?? []
    const member = members.find(({ entity }) => names.includes(entity))
    if (member !== undefined) return { campaign, entity: member.entity, member }
    if (marked !== undefined && campaign.id === marked.campaign) {
      return { campaign, entity: marked.entity, member: undefined }
    }
  }
  return undefined
}
