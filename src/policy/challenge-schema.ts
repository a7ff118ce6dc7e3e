import { z } from 'zod'
import { BINDINGS, CHALLENGE_KINDS } from '../core/challenge.ts'
import { DAY_MS, parseDurationMs } from '../core/time.ts'
import { nearest } from './nearest.ts'

const MINUTE_MS = 60_000
const VALID_MS = { least: MINUTE_MS / 2, most: 30 * DAY_MS } as const
const LIFETIME_MS = { least: MINUTE_MS, most: 90 * DAY_MS } as const

/** Least and most work that can be asked for, as multiples of the ordinary. */
export const DIFFICULTY = { least: 0.1, most: 20 } as const

const VALID = 'not a time to answer in; write one from 30s to 30d, such as 10m'
const LIFETIME = 'not a lifetime; write one from 1m to 90d, such as 1d'
const WORK = `not a difficulty; write a number from ${DIFFICULTY.least} to ${DIFFICULTY.most}, or a CEL expression in quotes`
const FORMS =
  'not a challenge; write its kind, such as proof_of_work, or { kind: proof_of_work, lifetime: 1d }'

const wordOf = <const W extends readonly string[]>(
  words: W,
  what: string,
): z.ZodEnum<z.core.util.ToEnum<W[number]>> =>
  z.enum(words, {
    error: ({ input }) => {
      if (input === undefined) return undefined
      const near = typeof input === 'string' ? nearest(input, words) : undefined
      return `${what}; write ${near ?? `one of ${words.join(', ')}`}`
    },
  })

const duration = (
  bounds: { readonly least: number; readonly most: number },
  error: string,
): z.ZodString =>
  z
    .string({ error })
    .refine(
      (text) => {
        const ms = parseDurationMs(text)
        return ms !== undefined && ms >= bounds.least && ms <= bounds.most
      },
      { error },
    )
    .meta({ pattern: '^[1-9][0-9]*[smhd]$' })

const kind = wordOf(CHALLENGE_KINDS, 'not a kind of challenge')

const terms = z.strictObject(
  {
    kind,
    valid_for: duration(VALID_MS, VALID)
      .optional()
      .describe(
        'Time to answer in, 30s to 30d. Default: 10m for proof_of_work, 1d for human, 7d for step_up.',
      ),
    lifetime: duration(LIFETIME_MS, LIFETIME)
      .optional()
      .describe(
        'How long the clearance holds after that, 1m to 90d. Default: 1d, 30d for step_up.',
      ),
    bind: z
      .array(wordOf(BINDINGS, 'nothing a clearance can be bound to'))
      .max(BINDINGS.length)
      .refine((names) => new Set(names).size === names.length, {
        error: 'the same word stands twice; write it once',
      })
      .optional()
      .describe('Where the clearance holds, beside the account: nowhere else. Default: anywhere.'),
    difficulty: z
      .union(
        [
          z.number().min(DIFFICULTY.least, WORK).max(DIFFICULTY.most, WORK),
          z.string().min(1).max(8_000),
        ],
        { error: WORK },
      )
      .optional()
      .describe(
        'Only with proof_of_work: work as a multiple of the ordinary, 0.1 to 20; a number, or a CEL expression whose value is cut to that. Default: 1.',
      ),
  },
  { error: ({ code }) => (code === 'invalid_type' ? FORMS : undefined) },
)

/** What a challenge rule asks for, as written: a kind alone stands for its defaults. */
export const challengeSchema = z
  .preprocess((written) => (typeof written === 'string' ? { kind: written } : written), terms)
  .describe('Only with challenge: what the caller has to pass, a kind or { kind, … }.')

/** Written terms, with a kind alone already as an object. */
export type WrittenChallenge = z.output<typeof challengeSchema>

/** Tells editors of the kind alone beside the form with braces; an `override` of `z.toJSONSchema`. */
export const offerKindAlone = (context: {
  readonly zodSchema: unknown
  jsonSchema: z.core.JSONSchema.BaseSchema
}): void => {
  if (context.zodSchema !== challengeSchema) return
  const { jsonSchema } = context
  const { description: _, ...form } = jsonSchema
  for (const key of Object.keys(form)) delete jsonSchema[key]
  jsonSchema.anyOf = [{ type: 'string', enum: [...CHALLENGE_KINDS] }, form]
}
