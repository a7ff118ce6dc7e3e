import { z } from 'zod'
import { AXES } from '../core/campaign.ts'
import { UNKNOWN, type Findings } from '../core/facts.ts'
import { askAdmin, type AdminRefusal } from './ask-admin.ts'
import { EXIT } from './exit.ts'

/** Facts about the campaign of an account, or one sentence about why a guard did not tell them. */
export type CampaignFacts = { readonly ok: true; readonly facts: Findings } | AdminRefusal

const why = z.enum(['no_source', 'absent', 'late', 'failed'])

/** A fact as the admin API tells it: with its value, or with why it is unknown. */
const known = <N extends string, S extends z.ZodType>(name: N, value: S) =>
  z.object({ fact: z.literal(name), value })

const campaignFact = z.union([
  known('campaign.id', z.string().max(200)),
  known('campaign.level', z.literal([0, 1, 2, 3, 4])),
  known('campaign.score', z.number()),
  known('campaign.axes', z.array(z.enum(AXES)).max(50)),
  z.object({
    fact: z.enum(['campaign.id', 'campaign.level', 'campaign.score', 'campaign.axes']),
    unknown: why,
  }),
])

const answerSchema = z.object({ facts: z.array(z.object({ fact: z.string() }).loose()).max(500) })

/**
 * Asks a running guard what its marks say of an account. An account that it does not know has no such
 * facts: they stay unknown. Never rejects.
 */
export const readCampaignFacts = async (
  admin: string,
  account: string,
  environment?: { readonly [name: string]: string | undefined },
): Promise<CampaignFacts> => {
  const path = `/api/v1/accounts/${encodeURIComponent(account)}`
  const answer = await askAdmin(admin, path, environment)
  if (!answer.ok) return answer.exit === EXIT.problems ? { ok: true, facts: {} } : answer
  const parsed = answerSchema.safeParse(answer.body)
  const rows = parsed.success
    ? z
        .array(campaignFact)
        .safeParse(parsed.data.facts.filter(({ fact }) => fact.startsWith('campaign.')))
    : undefined
  if (rows?.success !== true) {
    const what = `what answers at ${new URL(admin).origin} does not speak of accounts as this version does`
    return { ok: false, exit: EXIT.failed, what }
  }
  const facts: Findings = Object.fromEntries(
    rows.data.map((row) => [row.fact, 'value' in row ? row.value : UNKNOWN[row.unknown]]),
  )
  return { ok: true, facts }
}
