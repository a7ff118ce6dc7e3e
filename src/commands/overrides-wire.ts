import { z } from 'zod'
import { OVERRIDE_VERDICTS } from '../core/override.ts'

const text = z.string().max(600)

/** An override as a guard tells it. */
export const overrideAnswer = z.object({
  id: text,
  subject: z.object({
    account: text.optional(),
    entity: text.optional(),
    credential: text.optional(),
    network: text.optional(),
    asn: z.int().optional(),
  }),
  verdict: z.enum(OVERRIDE_VERDICTS),
  state: z.enum(['on', 'ended']),
  at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  by: text,
  why: text,
  ended: z.object({ at: z.iso.datetime(), by: text, why: text }).optional(),
})

/** One of {@link overrideAnswer}. */
export type ToldOverride = z.output<typeof overrideAnswer>

/** A page of them. */
export const overridesAnswer = z.object({
  overrides: z.array(overrideAnswer).max(1_000),
  next: text.optional(),
  degraded: z.array(text).max(20),
})

/** A page of overrides as a guard tells it. */
export type ToldOverrides = z.output<typeof overridesAnswer>
