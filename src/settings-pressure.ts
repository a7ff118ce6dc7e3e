import { z } from 'zod'

/** Settings of what is done while an upstream is under pressure. */
export const pressureSettings = z.strictObject({
  shed: z
    .boolean()
    .default(true)
    .describe(
      'whether calls of the least proven are turned away while their upstream is overloaded',
    ),
})
