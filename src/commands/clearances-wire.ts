import { z } from 'zod'
import { correctionsShape } from '../challenges/step-up-message.ts'
import { BINDINGS, CHALLENGE_KINDS } from '../core/challenge.ts'

const text = z.string().max(300)

/** A clearance as a guard tells it. */
export const clearanceAnswer = z.object({
  id: text,
  kind: z.enum(CHALLENGE_KINDS),
  state: z.enum(['granted', 'refused', 'revoked']),
  account: text.optional(),
  credential: text.optional(),
  at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  bound: z.array(z.enum(BINDINGS)).max(BINDINGS.length),
  facts: correctionsShape.optional(),
  decision: text.optional(),
  bound_asn: z.number().int().nonnegative().optional(),
  by_hand: z.boolean(),
  note: text.optional(),
})

/** One of {@link clearanceAnswer}. */
export type ToldClearance = z.output<typeof clearanceAnswer>

/** A page of them. */
export const clearancesAnswer = z.object({
  clearances: z.array(clearanceAnswer).max(1_000),
  next: text.optional(),
  degraded: z.array(text).max(20),
})

/** A page of clearances as a guard tells it. */
export type ToldClearances = z.output<typeof clearancesAnswer>
