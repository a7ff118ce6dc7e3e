import { z } from 'zod'
import type { CampaignLabel } from '../../core/campaign.ts'

const MAX_CHARS = 16 * 1024

const form = z.strictObject({
  campaign: z.string().min(1).max(64),
  act: z.enum(['confirm', 'dismiss', 'raise', 'release']),
  level: z.literal([0, 1, 2, 3, 4]).optional(),
  entity: z.string().min(1).max(280).optional(),
  by: z.string().max(256),
  note: z.string().max(4_096),
  atMs: z.number().min(0).max(1e14),
})

/** A label as text for a journal or a store. */
export const labelText = (label: CampaignLabel): string => JSON.stringify(label)

/** The label again; `undefined` for anything that is none. Never throws. */
export const parseLabel = (text: string): CampaignLabel | undefined => {
  if (text.length > MAX_CHARS) return undefined
  try {
    const parsed = form.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
