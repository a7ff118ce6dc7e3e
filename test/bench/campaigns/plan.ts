import { loadScenario, variants, type Overrides } from '../../../src/simulate/scenario.ts'
import type { RunSpec } from './run-scenario.ts'

/** Rows of one table, each with a run a seed. */
export type Plan = {
  readonly kind: 'variants' | 'curve' | 'groups' | 'published'
  readonly title: string
  readonly says: readonly string[]
  /** Name of its pictures. */
  readonly file: string
  /** What stands under a curve; the title where absent. */
  readonly xTitle?: string
  /** Rows that are drawn day by day, by what is in their names; the first six where absent. */
  readonly drawn?: readonly string[]
  readonly rows: readonly {
    readonly name: string
    /** What stands under its point of a curve. */
    readonly tick: string
    readonly specs: readonly RunSpec[]
  }[]
}

/** What is chosen on the command line. */
export type PlanOptions = {
  /** Multiplies honest accounts; the size of a campaign stays as it is told. */
  readonly scale: number
  readonly seeds: readonly number[]
}

/** Nothing was ever tuned on these. */
export const FRESH_SEEDS: readonly number[] = [41_507, 86_311, 97_003]

/** The release that a pivoting campaign moves to comes on the ninth. */
const DAYS = 12
const HONEST = 1_600
/** Larger customers make most of the calls and are one entity each: they cost time and tell little. */
const MAX_CALLS_A_DAY = 100
const MIDDLE = 500
const SIZES = [50, 150, 500, 2500]
const CEILING_4 = 4

const NAIVE = new URL('../../../config/scenarios/naive.yaml', import.meta.url).pathname

/** Names of the ways to evade, in the order of the scenario. */
const evasions = (): readonly string[] => {
  const loaded = loadScenario(NAIVE)
  if (!loaded.ok) throw new Error(`${NAIVE} has problems; run simulate on it`)
  return variants(loaded.scenario)
}

/** Whether nothing in what is seen gives it away, so that only budgets can bound what it takes. */
const isExpectedMiss = (variant: string): boolean => variant.startsWith('a18')

/** Accounts that are given up for refusals, or that answer challenges, need some: those of the highest ceiling. */
const needsRefusals = (variant: string): boolean => /^(a14|solves)-/.test(variant)

/** Runs of a campaign of the naive scenario, a run a seed. */
const specsOf = (
  overrides: Overrides,
  attackers: number,
  { scale, seeds }: PlanOptions,
  more: Partial<RunSpec> = {},
): RunSpec[] =>
  seeds.map((seed) => ({
    name: overrides.variant ?? JSON.stringify(overrides.campaign),
    scenario: 'naive',
    overrides: { days: DAYS, ...overrides },
    // The groups of the scenario are made for three times as many ordinary customers.
    scale: scale / 2,
    honest: { accounts: 2 * HONEST, max_calls_per_day: MAX_CALLS_A_DAY },
    attackers,
    seed,
    baselines: true,
    ...more,
  }))

/** A curve over the settings of one knob. */
const knob = (
  file: string,
  title: string,
  options: PlanOptions,
  points: readonly (readonly [tick: string, campaign: NonNullable<Overrides['campaign']>])[],
): Plan => ({
  kind: 'curve',
  title,
  says: [`${MIDDLE} accounts of the campaign; everything else as in a naive one.`],
  file,
  rows: points.map(([tick, campaign]) => ({
    name: `${title}: ${tick}`,
    tick,
    // A change that is none is the naive campaign, which is run anyway.
    specs: specsOf(
      Object.keys(campaign).length === 0 ? { variant: 'a1-naive' } : { campaign },
      MIDDLE,
      options,
    ),
  })),
})

const sizes = (variant: string, file: string, options: PlanOptions): Plan => ({
  kind: 'curve',
  title: `Size of a campaign, ${variant}`,
  says: [`${HONEST * options.scale} ordinary customers, ${DAYS} days.`],
  file,
  xTitle: 'accounts of the campaign',
  rows: SIZES.map((size) => ({
    name: `${variant}, ${size} accounts`,
    tick: String(size),
    specs: specsOf({ variant }, size, options),
  })),
})

const first = (options: PlanOptions, seeds: number): PlanOptions => ({
  ...options,
  seeds: options.seeds.slice(0, seeds),
})

/** Every variant and look-alike at a size that takes below an hour on two cores. */
export const longPlan = (options: PlanOptions): Plan[] => [
  {
    kind: 'variants',
    title: 'Ways to evade',
    says: [
      `${MIDDLE} accounts of a campaign among ${HONEST * options.scale} ordinary customers, ${DAYS} days, at the shipped ceiling (2: one shared budget). a14 and solves at ceiling 4, since an account is given up for refusals, and the first challenge comes with level 3.`,
    ],
    file: 'variants',
    drawn: ['a1-', 'a3-', 'a6-paraphrase-60', 'a7-agent-container', 'a12-resold-50', 'a18-'],
    rows: evasions().map((variant) => ({
      name: isExpectedMiss(variant) ? `${variant} (expected miss)` : variant,
      tick: variant,
      specs: specsOf(
        { variant },
        MIDDLE,
        first(options, 1),
        needsRefusals(variant) ? { ceiling: CEILING_4 } : {},
      ),
    })),
  },
  {
    kind: 'variants',
    title: 'With the highest ceiling',
    says: [
      'The same at ceiling 4, where three axes bring level 3 (each member has to pass a step-up, and shares the budget until it has) without being asked.',
    ],
    file: 'ceiling-4',
    rows: ['a1-naive', 'a3-sticky', 'a7-agent-container', 'a12-resold-50'].map((variant) => ({
      name: `${variant}, ceiling 4`,
      tick: variant,
      specs: specsOf({ variant }, MIDDLE, first(options, 1), { ceiling: CEILING_4 }),
    })),
  },
  sizes('a1-naive', 'size-naive', first(options, 2)),
  sizes('a3-sticky', 'size-sticky', first(options, 1)),
  knob('templates', 'Templates', first(options, 1), [
    ['1', { templates: { count: 1 } }],
    ['5', {}],
    ['20', { templates: { count: 20 } }],
    ['200', { templates: { count: 200 } }],
  ]),
  knob('volume', 'Spread of volume (log-sd)', first(options, 1), [
    ['0.15', {}],
    ['0.5', { log_sd: 0.5 }],
    ['0.8', { log_sd: 0.8 }],
    ['1.0', { log_sd: 1 }],
    ['1.4', { log_sd: 1.4 }],
  ]),
  {
    kind: 'groups',
    title: 'Honest groups that look alike',
    says: ['No campaign at all: whatever is acted on here is a mistake.'],
    file: 'look-alikes',
    rows: [
      {
        name: 'look-alikes',
        tick: 'look-alikes',
        specs: options.seeds.slice(0, 2).map((seed) => ({
          name: 'look-alikes',
          scenario: 'look-alikes',
          overrides: { days: DAYS },
          scale: options.scale / 2,
          honest: { max_calls_per_day: MAX_CALLS_A_DAY },
          seed,
          baselines: true,
        })),
      },
    ],
  },
]

/** The four campaigns that were told of in public, at the size that was told. Many hours, much memory. */
export const fullPlan = ({ scale, seeds }: PlanOptions): Plan[] => [
  {
    kind: 'published',
    title: 'Campaigns told of in public',
    says: [
      `All accounts of each campaign; ordinary customers and look-alikes as in its scenario${scale === 1 ? '' : `, times ${scale}`}.`,
    ],
    file: 'published',
    rows: ['deepseek', 'moonshot', 'minimax', 'qwen'].map((scenario) => ({
      name: scenario,
      tick: scenario,
      specs: seeds.slice(0, 1).map((seed) => ({
        name: scenario,
        scenario,
        scale,
        publishedSize: true,
        seed,
        baselines: scale < 1,
      })),
    })),
  },
]
