import { z } from 'zod'
import { FACT_NAMES, FACTS, type FactName } from '../core/facts.ts'
import { DAY_MS, parseDurationMs } from '../core/time.ts'
import { challengeSchema, offerKindAlone } from './challenge-schema.ts'
import { nearest } from './nearest.ts'
import { reshapeSchema } from './reshape-schema.ts'

/** Longest window a limit may have. */
const MAX_WINDOW_MS: number = 90 * DAY_MS

const MAX_ENTRIES = 2_000

/** Largest quota of anything, as written. Times the largest scale it is still counted exactly. */
export const MAX_QUOTA = 1e12

/** Largest scale that is written as a number. */
export const MAX_SCALE = 1_000

const NO_SCALE =
  'a scale of nothing refuses every call; write a number above 0, or a rule with then: deny'

const QUOTA_FORMS = 'write a whole number from 1 to 10^12, such as 1000'

/** Message of a schema issue in the form "what; instead"; the stock words where the key is missing. */
const say =
  (text: string) =>
  (issue: { readonly input?: unknown }): string | undefined =>
    issue.input === undefined ? undefined : text

/** One of a few words. */
const oneOf = <const W extends readonly string[]>(
  words: W,
): z.ZodEnum<z.core.util.ToEnum<W[number]>> =>
  z.enum(words, {
    error: ({ input }) => {
      if (typeof input !== 'string') return undefined
      const near = nearest(input, words)
      return `${JSON.stringify(input.slice(0, 64))} is not one of the allowed words; write ${near ?? `one of ${words.join(', ')}`}`
    },
  })

const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, {
    error: 'not a usable id; write up to 64 letters, digits, dots, dashes or underscores',
  })
  .describe('Stands in decisions, metrics and switches. Rules and limits share one set of ids.')

const why = z.string().max(500).optional().describe('What it is for, told to operators.')

const when = z
  .union([z.boolean(), z.string().min(1).max(8_000)], {
    error: ({ input }) =>
      `${input === undefined ? 'a required key is missing' : 'not a condition'}; write a CEL expression in quotes, or true`,
  })
  .describe('CEL expression over the facts, true or false.')

const optionalWhen = when.optional().describe('CEL expression over the facts. Default: true.')

const mode = oneOf(['enforce', 'shadow', 'off'])
  .optional()
  .describe('enforce (default), shadow: evaluated and recorded only, off: not evaluated.')

const rollout = z
  .number({ error: say('not a percentage; write a number from 0 to 100') })
  .min(0)
  .max(100)
  .optional()
  .describe('Per cent of entities it is enforced for, always the same ones. Default: 100.')

const posture = oneOf(['open', 'closed'])

const window = z
  .string({ error: say('not a window; write it with its unit, such as 30s, 5m, 1h or 1d') })
  .refine((text) => (parseDurationMs(text) ?? Infinity) <= MAX_WINDOW_MS, {
    error: 'not a window; write whole seconds, minutes, hours or days up to 90d, such as 30s or 1d',
  })
  .meta({
    pattern: '^[1-9][0-9]*[smhd]$',
    description: 'Whole seconds up to 90d: 30s, 5m, 1h, 1d.',
  })

/** Facts a counter can be named by: those that say who or what, not how much. */
const countable = (name: FactName): boolean =>
  FACTS[name].type === 'string' || FACTS[name].type === 'boolean' || name === 'ip.asn'

const perFact = z.enum(FACT_NAMES, {
  error: ({ input }) => {
    const near = typeof input === 'string' ? nearest(input, FACT_NAMES) : undefined
    return `not the name of a fact; write ${near ?? 'one such as account.id'}`
  },
})

/** A tier, as written. */
const tierSchema = z.strictObject({
  id,
  why,
  when,
  factor: z.number().min(0).max(1_000).describe('Becomes trust.factor.'),
})

/** A weight, as written. */
const weightSchema = z.strictObject({
  id,
  why,
  when,
  weight: z.number().min(-1_000).max(1_000).describe('Added to risk.score where it matches.'),
})

/** A rule, as written. */
const ruleSchema = z.strictObject({
  id,
  why,
  when: optionalWhen,
  // oxlint-disable-next-line unicorn/no-thenable -- the word policies use; its value is never a function
  then: oneOf(['allow', 'deny', 'challenge', 'throttle', 'tag', 'reshape']).describe(
    'allow, deny, challenge and throttle decide, a challenge only until it is passed; tag only marks the call with the id of the rule, reshape takes something away from the request that is forwarded.',
  ),
  reshape: reshapeSchema
    .optional()
    .describe('Only with reshape: what is taken away; of several rules the strictest of each key.'),
  challenge: challengeSchema.optional(),
  retry_after_s: z
    .int({ error: say('not a whole number of seconds; write one from 1 to 86400, such as 30') })
    .min(1)
    .max(86_400)
    .optional()
    .describe('Only with throttle: seconds the caller is told to wait. Default: 30.'),
  mode,
  rollout,
  posture: posture
    .optional()
    .describe('What an unknown fact does here; open: no match, closed: match. Not with allow.'),
})

/** A limit, as written. */
const limitSchema = z.strictObject({
  id,
  why,
  per: z
    .array(
      perFact.refine(countable, {
        error: 'a counter cannot be named by this fact; write one that says who or what',
      }),
    )
    .min(1)
    .max(4)
    .refine((names) => new Set(names).size === names.length, {
      error: 'the same fact stands twice; write it once',
    })
    .describe(
      'Facts that name the counter. Where one of them is unknown the limit does not apply.',
    ),
  count: oneOf([
    'requests',
    'input_tokens',
    'output_tokens',
    'tokens',
    'usd',
    'concurrent',
  ]).describe('What is counted; usd needs prices in the settings.'),
  quota: z
    .number({ error: say(`not a quota; ${QUOTA_FORMS}`) })
    .gt(0, `a quota of nothing refuses every call; ${QUOTA_FORMS}, or a rule with then: deny`)
    .max(MAX_QUOTA, `more than can be counted; ${QUOTA_FORMS}`)
    .describe(
      'A whole number up to 10^12; for usd US dollars up to 1000000, in millionths at most.',
    ),
  window: window.optional(),
  align: oneOf(['first_use', 'utc', 'rolling'])
    .optional()
    .describe('From first use (default), on UTC boundaries, or sliding.'),
  scale: z
    .union([z.number().gt(0, NO_SCALE).max(MAX_SCALE), z.string().min(1).max(8_000)], {
      error: say('not a scale; write a number above 0 up to 1000, or a CEL expression in quotes'),
    })
    .optional()
    .describe('Quota times this is the effective quota. Default: 1.'),
  when: optionalWhen,
  mode,
  rollout,
  posture: oneOf(['insured', 'open', 'closed'])
    .optional()
    .describe('Where the counters cannot be reached: insured (default) counts locally.'),
})

/** Schema of each list of a policy document. */
export const SECTIONS = {
  tiers: tierSchema,
  weights: weightSchema,
  rules: ruleSchema,
  limits: limitSchema,
} as const

/** Name of a list of a policy document. */
export type Section = keyof typeof SECTIONS

/** An entry of a list, with its shape checked. */
export type EntryOf<S extends Section> = z.output<(typeof SECTIONS)[S]>

/** A whole policy document, as written. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  posture: posture
    .optional()
    .describe('What a condition does that meets an unknown fact; open (default) or closed.'),
  tiers: z
    .array(tierSchema)
    .max(100)
    .optional()
    .describe('First match wins; in one document only.'),
  weights: z.array(weightSchema).max(MAX_ENTRIES).optional().describe('Summed into risk.score.'),
  rules: z
    .array(ruleSchema)
    .max(MAX_ENTRIES)
    .optional()
    .describe('In order; the first enforced match of allow, deny, challenge or throttle decides.'),
  limits: z.array(limitSchema).max(MAX_ENTRIES).optional(),
})

/** The JSON Schema (draft 7) of policy documents, for editors. Committed as `config/policy.schema.json`. */
export const policyJsonSchema = (): object =>
  z.toJSONSchema(policySchema, {
    target: 'draft-07',
    io: 'input',
    override: offerKindAlone,
  })
