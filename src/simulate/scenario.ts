import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { parseDocumentWith } from '../core/document.ts'
import type { Problem } from '../core/problem.ts'
import { LOOK_ALIKES } from './look-alike-kinds.ts'
import { CAMPAIGN, NAME } from './scenario-campaign.ts'

const accounts = z.int('not a whole number; write one of at least 0').min(0).max(10_000_000)

const SCENARIO = z.strictObject({
  version: z.literal(1),
  name: NAME,
  /** First day, UTC. */
  start: z
    .string()
    .regex(/^20\d\d-\d\d-\d\d$/, 'not a date; write one such as "2026-04-22", in quotes')
    .refine((text) => !Number.isNaN(Date.parse(text)), 'no such day; write one of the calendar'),
  days: z.number().positive().max(400),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
  /** Wire form of all calls. */
  wire: z.enum(['openai', 'anthropic']).default('openai'),
  models: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[\w.:/-]{1,80}$/, 'not a model name; write one such as chat-large'),
        weight: z.number().positive().max(1000).default(1),
        release_day: z.number().min(0).max(400).optional(),
      }),
    )
    .min(1)
    .default([
      { name: 'chat-large', weight: 0.6 },
      { name: 'chat-small', weight: 0.4 },
    ]),
  /** Characters of instructions in a body; real ones run to 20,000, which makes traces large. */
  system_chars: z.int().min(100).max(100_000).default(1_200),
  honest: z
    .strictObject({
      accounts: accounts.default(5_000),
      /** Larger customers are left out: few, and most of all calls. */
      max_calls_per_day: z.number().positive().max(1_000_000).default(400),
      /** Share of all sign-ups that only want the free credit. */
      trial_abuse: z
        .number()
        .min(0)
        .max(0.9)
        .default(1 / 6),
    })
    .prefault({}),
  look_alikes: z
    .array(
      z.strictObject({
        kind: z.enum(LOOK_ALIKES),
        accounts: accounts,
        starts_day: z.number().min(0).max(400).default(0),
        days: z.number().min(0).max(400).optional(),
      }),
    )
    .default([]),
  campaigns: z.array(CAMPAIGN).default([]),
  /** Named changes to the first campaign, for `loadScenario` and for a series of runs. */
  variants: z.record(NAME, z.record(z.string(), z.unknown())).default({}),
})

/** A scenario with its defaults filled in. */
export type Scenario = z.output<typeof SCENARIO>

/** What a scenario file turned out to be. */
export type ScenarioResult =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Changes to a scenario after reading. */
export type Overrides = {
  /** A variant by its name, as the file has it. */
  readonly variant?: string
  /** Changes to every campaign, in the words of the file; groups are changed key by key. */
  readonly campaign?: { readonly [key: string]: unknown }
  readonly seed?: number
  readonly days?: number
  /** Ordinary honest accounts in place of those the file asks for. */
  readonly honestAccounts?: number
  /** `false` leaves the look-alikes out. */
  readonly lookAlikes?: boolean
}

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const merged = (base: unknown, change: unknown): unknown =>
  isRecord(base) && isRecord(change)
    ? Object.fromEntries(
        [...new Set([...Object.keys(base), ...Object.keys(change)])].map((key) => [
          key,
          key in change ? merged(base[key], change[key]) : base[key],
        ]),
      )
    : change

/** Reads a scenario from its text; every problem at once, with its place. */
export const readScenario = (
  file: string,
  source: string,
  overrides: Overrides = {},
): ScenarioResult => {
  const parsed = parseDocumentWith(file, source, SCENARIO, (plain, problemAt) => {
    if (!isRecord(plain)) return { plain, problems: [] }
    const { variants, campaigns } = plain
    const problems: Problem[] = []
    let change: unknown = overrides.campaign ?? {}
    if (overrides.variant !== undefined) {
      const known = isRecord(variants) ? variants : {}
      const variant = known[overrides.variant]
      if (variant === undefined) {
        problems.push(
          problemAt(
            ['variants'],
            `there is no variant ${JSON.stringify(overrides.variant)}`,
            `write one of ${Object.keys(known).join(', ') || '(none)'}`,
          ),
        )
      } else change = merged(variant, change)
    }
    // A variant that would not fit is told with the file, not when it is used.
    const first: unknown = Array.isArray(campaigns) ? campaigns[0] : undefined
    const named = isRecord(variants) ? Object.entries(variants) : []
    if (named.length > 0 && first === undefined) {
      problems.push(
        problemAt(['variants'], 'variants of no campaign', 'write the campaign that they change'),
      )
    }
    // What is wrong without any variant is told once, below.
    const tried = CAMPAIGN.safeParse(first).success ? named : []
    for (const [name, variant] of tried) {
      const outcome = CAMPAIGN.safeParse(merged(first, variant))
      for (const issue of outcome.error?.issues ?? []) {
        const where = ['variants', name, ...issue.path]
        const [what = '', instead = 'see the keys of a campaign'] = issue.message.split('; ')
        problems.push(problemAt(where, `${where.map(String).join('.')}: ${what}`, instead))
      }
    }
    const changed = {
      ...plain,
      ...(Array.isArray(campaigns)
        ? { campaigns: campaigns.map((one) => merged(one, change)) }
        : {}),
      ...(overrides.seed === undefined ? {} : { seed: overrides.seed }),
      ...(overrides.days === undefined ? {} : { days: overrides.days }),
      ...(overrides.honestAccounts === undefined
        ? {}
        : { honest: merged(plain['honest'] ?? {}, { accounts: overrides.honestAccounts }) }),
      ...(overrides.lookAlikes === false ? { look_alikes: [] } : {}),
    }
    return { plain: changed, problems }
  })
  return parsed.ok
    ? { ok: true, scenario: parsed.document.value }
    : { ok: false, problems: parsed.problems }
}

/**
 * Reads a scenario file. Throws where it cannot be read at all.
 */
export const loadScenario = (file: string, overrides: Overrides = {}): ScenarioResult =>
  readScenario(file, readFileSync(file, 'utf8'), overrides)

/** Names of the variants of a scenario, in the order of the file. */
export const variants = (scenario: Scenario): readonly string[] => Object.keys(scenario.variants)
