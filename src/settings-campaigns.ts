import { z } from 'zod'
import type { ProblemAt } from './core/document.ts'
import type { Problem } from './core/problem.ts'
import { createReference } from './policy/reference.ts'
import { duration } from './settings-values.ts'

/** Who is proven as shipped: paid twice, and at work on thirty days. */
export const DEFAULT_REFERENCE = 'payment.settled_count >= 2.0 && account.active_days >= 30.0'

const ceiling = z
  .union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)], {
    error:
      'not a level; write 0 (observe), 1 (reshape), 2 (shared budget), 3 (step-up) or 4 (deny)',
  })
  .default(2)
  .describe(
    'highest level a campaign is given without an operator: 0 observe, 1 reshape, 2 one shared budget, 3 a step-up of each member, 4 deny',
  )

/** How groups of accounts are found and what may be done about them without being asked. */
export const campaignsSettings = z.strictObject({
  ceiling,
  reference: z
    .string()
    .min(1)
    .max(8_000)
    .default(DEFAULT_REFERENCE)
    .describe('CEL: who is proven; an unknown fact proves nobody and takes no proof away'),
  min_reference: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(500)
    .describe(
      'proven entities below which every campaign stays at level 0; once enough, 80 % of them stay enough',
    ),
  level_4_score: z
    .number()
    .positive('not a score; write a number above 0, such as 30')
    .max(1_000)
    .optional()
    .describe('score from which a campaign is denied, under a ceiling of 4; never without it'),
  pass: duration.prefault('15m').describe('time between two looks at who belongs together'),
  detect: z
    .enum(['here', 'apart'])
    .optional()
    .describe('whether serve looks for campaigns itself or leaves it to the command detect'),
})

/** What the schema cannot say: whether `reference` is a condition. */
export const campaignProblems = (
  { reference }: z.output<typeof campaignsSettings>,
  problemAt: ProblemAt,
): Problem[] => {
  const compiled = createReference(reference)
  if (compiled.ok) return []
  return compiled.complaints.map(({ start, what, instead }) =>
    problemAt(['campaigns', 'reference'], `campaigns.reference: ${what}`, instead, {
      offset: start,
    }),
  )
}
