import type { z } from 'zod'
import type {
  CampaignEvidence,
  CampaignMember,
  Campaigns,
  CampaignSummary,
  DetectorStatus,
} from '../core/campaign.ts'
import { campaignOfEntity } from '../http/admin/campaigns-of-entity.ts'
import { membersAfter, placeOf } from '../http/admin/campaigns-page.ts'
import { askAdmin } from './ask-admin.ts'
import { evidenceAnswer, listAnswer, membersAnswer } from './campaigns-wire.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** What a source answered, or one sentence about why it did not. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly exit: ExitCode; readonly what: string }

/** A page of the members of a campaign, and the place to go on from. */
export type MemberPage = {
  readonly total: number
  readonly members: readonly CampaignMember[]
  readonly next: string | undefined
}

/** Campaigns, and the member that was asked about. */
export type Listed = {
  readonly status: DetectorStatus
  readonly campaigns: readonly CampaignSummary[]
  /** The entity behind the account that was asked about, where a guard was asked. */
  readonly entity?: string | undefined
  readonly member?: CampaignMember | undefined
}

/** What the commands read campaigns from: a running guard, or what one left in its folder. Never rejects. */
export type CampaignSource = {
  /** All there are; of `entity`, an account or its entity, the one it is in. */
  list(entity?: string): Promise<Answer<Listed>>
  show(id: string): Promise<Answer<CampaignEvidence>>
  members(id: string, limit: number, after: string | undefined): Promise<Answer<MemberPage>>
}

const failure = (exit: ExitCode, what: string): Extract<Answer<never>, { ok: false }> => ({
  ok: false,
  exit,
  what,
})

/** The answer about a campaign that is not there. */
export const noCampaign = (id: string): Extract<Answer<never>, { ok: false }> =>
  failure(
    EXIT.problems,
    `there is no campaign ${JSON.stringify(id)}; campaigns list shows those there are`,
  )

/** Path of a campaign in the admin API. */
export const campaignPath = (id: string, rest = ''): string =>
  `/api/v1/campaigns/${encodeURIComponent(id)}${rest}`

/** Asks the admin API and checks what it says; `id` is the campaign that was asked about. */
export const askCampaigns = async <S extends z.ZodType>(
  admin: string,
  path: string,
  schema: S,
  about: { readonly id?: string; readonly write?: object } = {},
): Promise<Answer<z.output<S>>> => {
  const answer = await askAdmin(admin, path, process.env, about.write)
  if (!answer.ok) {
    if (answer.conflict !== undefined) {
      return failure(EXIT.problems, `campaign ${about.id ?? ''}: ${answer.conflict}`)
    }
    return answer.exit === EXIT.problems && about.id !== undefined ? noCampaign(about.id) : answer
  }
  const parsed = schema.safeParse(answer.body)
  if (parsed.success) return { ok: true, value: parsed.data }
  return failure(
    EXIT.failed,
    `what answers at ${new URL(admin).origin} does not speak of campaigns as this version does`,
  )
}

/** Campaigns as a running guard tells them. */
export const fromAdmin = (admin: string): CampaignSource => ({
  list: (entity) => {
    const query = new URLSearchParams({ limit: '1000', ...(entity && { entity }) })
    return askCampaigns(admin, `/api/v1/campaigns?${query.toString()}`, listAnswer)
  },
  show: (id) => askCampaigns(admin, campaignPath(id), evidenceAnswer, { id }),
  members: async (id, limit, after) => {
    const query = new URLSearchParams({ limit: String(limit), ...(after && { after }) })
    const path = campaignPath(id, `/members?${query.toString()}`)
    const answer = await askCampaigns(admin, path, membersAnswer, { id })
    if (!answer.ok) return answer
    const { total, members, next } = answer.value
    return { ok: true, value: { total, members, next } }
  },
})

/** Campaigns as the folder of a guard holds them; `open` reads it. */
export const fromDataDir = (open: () => Promise<Omit<Campaigns, 'label'>>): CampaignSource => {
  const read = async <T>(
    take: (campaigns: Omit<Campaigns, 'label'>) => Promise<T>,
  ): Promise<Answer<T>> => {
    try {
      return { ok: true, value: await take(await open()) }
    } catch (error) {
      return failure(EXIT.failed, error instanceof Error ? error.message : String(error))
    }
  }
  return {
    list: (entity) =>
      read(async (campaigns) => {
        const status = await campaigns.status()
        if (entity === undefined) return { status, campaigns: await campaigns.list() }
        const found = await campaignOfEntity(campaigns, [entity])
        const inIt = found === undefined ? [] : [found.campaign]
        return { status, campaigns: inIt, entity, member: found?.member }
      }),
    show: async (id) => {
      const found = await read((campaigns) => campaigns.show(id))
      if (!found.ok) return found
      return found.value === undefined ? noCampaign(id) : { ok: true, value: found.value }
    },
    members: async (id, limit, after) => {
      const place = after === undefined ? undefined : placeOf(after)
      if (after !== undefined && place === undefined) {
        return failure(EXIT.usage, '--after is not a place that campaigns members printed')
      }
      const found = await read((campaigns) => campaigns.members(id))
      if (!found.ok) return found
      if (found.value === undefined) return noCampaign(id)
      const { page, next } = membersAfter(found.value, place, limit)
      return { ok: true, value: { total: found.value.length, members: page, next } }
    },
  }
}
