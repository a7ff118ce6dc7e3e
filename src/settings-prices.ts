import { z } from 'zod'

/** Dearest price of a million tokens that is taken for one and not for a slip of the pen. */
const MAX_USD = 100_000

const price = z
  .number({
    error: ({ input }) =>
      input === undefined
        ? undefined
        : 'not a price; write US dollars for a million tokens, such as 2.5',
  })
  .min(0, 'not a price; write 0 or more US dollars for a million tokens')
  .max(MAX_USD, `not a price; write at most ${MAX_USD} US dollars for a million tokens`)

/** Prices of models in US dollars for a million tokens; what limits that count `usd` are settled by. */
export const pricesSettings = z
  .array(
    z.strictObject({
      match: z.string().min(1).describe('models it is for; * stands for any text'),
      input: price,
      cached_input: price.optional().describe('input read from a prompt cache; default: input'),
      output: price,
      reasoning: price.optional().describe('output spent on reasoning; default: output'),
      batch_factor: z
        .number()
        .min(0)
        .max(10)
        .default(1)
        .describe('jobs that are handed in cost this much of it, such as 0.5'),
    }),
  )
  .max(1_000)
  .describe(
    'US dollars for a million tokens; the first match counts, and a model without one costs as the dearest',
  )

/** Prices as the settings hold them. */
export type PricesValue = z.output<typeof pricesSettings>
