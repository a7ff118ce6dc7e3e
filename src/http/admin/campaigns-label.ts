import type { Context } from 'hono'
import { z } from 'zod'
import type { CampaignLabel, Campaigns, CampaignSummary, Level } from '../../core/campaign.ts'
import type { Principal } from './authenticate.ts'
import {
  campaignId,
  detectorTrouble,
  NO_DETECTOR,
  troubleAnswer,
  withinDeadline,
} from './campaigns-detector.ts'
import { summaryView } from './campaigns-view.ts'
import { makeChange } from './change.ts'
import type { AdminParts } from './parts.ts'
import { problemJson } from './problem-json.ts'
import { readJson, type AdminEnv, type AdminResource } from './resource.ts'

const MAX_NOTE_CHARS = 500
const MAX_ENTITY_CHARS = 256

/** It is read months later by somebody else. */
const note = z
  .string('say why: a note is required')
  .max(MAX_NOTE_CHARS)
  .refine((text) => text.trim() !== '', 'say why: the note is empty')

const body = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('confirm'), note }),
  z.strictObject({ act: z.literal('dismiss'), note }),
  z.strictObject({
    act: z.literal('raise'),
    level: z.literal([1, 2, 3, 4], 'write 1, 2, 3 or 4'),
    note,
  }),
  z.strictObject({
    act: z.literal('release'),
    entity: z.string().min(1).max(MAX_ENTITY_CHARS).optional(),
    note,
  }),
])

type Body = z.output<typeof body>

/** What came of it: the campaign as it stands then, or why there is none. */
type Labelled =
  | { readonly ok: true; readonly summary: CampaignSummary | undefined }
  | { readonly ok: false; readonly code: 'slow' | 'unavailable'; readonly detail: string }

/** Why an operator's word would do nothing, as one sentence; `undefined` where it would do something. */
const inVain = (asked: Body, { state, members, level }: CampaignSummary): string | undefined => {
  if (asked.act !== 'raise') return undefined
  if (state === 'ended') return 'it has ended; there is nobody to act on'
  if (members === 0) return 'it has no members any more; there is nobody to act on'
  if (asked.level < level)
    return `it is at level ${level} already, and raise only raises; release or dismiss lowers it`
  return undefined
}

const labelOf = (
  asked: Body,
  about: { readonly campaign: string; readonly by: string; readonly atMs: number },
): CampaignLabel => ({
  ...about,
  act: asked.act,
  level: asked.act === 'raise' ? (asked.level satisfies Level) : undefined,
  entity: asked.act === 'release' ? asked.entity : undefined,
  note: asked.note,
})

/** What an operator says of a campaign or of one member; audited, and told to the detector. */
export const labelResource = ({ campaigns, audit, clock }: AdminParts): AdminResource => {
  const make = async (detector: Campaigns, label: CampaignLabel): Promise<Labelled> => {
    try {
      return { ok: true, summary: await withinDeadline(detector.label(label)) }
    } catch (error) {
      const trouble = detectorTrouble(error)
      if (trouble === undefined) throw error
      return {
        ok: false,
        code: trouble.code,
        detail: `${trouble.detail}; look at the history of the campaign before saying it again`,
      }
    }
  }

  const change = async (
    c: Context<AdminEnv>,
    detector: Campaigns,
    who: Principal,
    id: string,
    asked: Body,
  ): Promise<Response> => {
    let before: CampaignSummary | undefined
    try {
      before = await withinDeadline(detector.show(id))
    } catch (error) {
      return troubleAnswer(c, error)
    }
    if (before === undefined) return problemJson(c, 'not-found')
    const vain = inVain(asked, before)
    if (vain !== undefined) return problemJson(c, 'conflict', vain)
    const label = labelOf(asked, { campaign: id, by: who.name, atMs: clock.now() })
    const about = { campaign: id, level: label.level, entity: label.entity }
    return makeChange(c, audit, {
      who: who.name,
      what: `campaign.${asked.act}`,
      why: asked.note,
      before: { ...about, was: summaryView(before) },
      make: () => make(detector, label),
      after: (result) =>
        result.ok
          ? {
              ...about,
              found: result.summary !== undefined,
              is: result.summary && summaryView(result.summary),
            }
          : { ...about, failed: result.code },
      answer: (result) => {
        if (!result.ok) return problemJson(c, result.code, result.detail)
        return result.summary === undefined
          ? problemJson(c, 'not-found', 'it has no such member, or is gone by now')
          : c.json(summaryView(result.summary))
      },
    })
  }

  return {
    method: 'POST',
    path: '/campaigns/:id/label',
    role: 'operator',
    body,
    says: 'confirms, dismisses, raises or releases it; release of all and dismiss forget who its members were, so export first; body {"act": "confirm|dismiss|raise|release", "level": 1 to 4 for raise, "entity": "…" to release one, "note": "why"}',
    handle: (c, who) => {
      const id = campaignId(c)
      if (id === undefined) return problemJson(c, 'invalid-parameter', 'not a campaign id')
      const asked = readJson(c, body)
      if (!asked.ok) return asked.no
      if (campaigns === undefined) return problemJson(c, 'unavailable', NO_DETECTOR)
      return change(c, campaigns, who, id, asked.value)
    },
  }
}
