import type { Overrides } from '../../../src/simulate/scenario.ts'
import type { RunSpec } from './run-scenario.ts'
import { SIZES, VARIANTS, type Variant } from './variants.ts'

/** Rows of one table, each with a run a seed. */
export type Plan = {
  readonly kind: 'variants' | 'curve' | 'groups' | 'published'
  readonly title: string
  readonly says: readonly string[]
  /** Name of its pictures. */
  readonly file: string
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

const DAYS = 10
const HONEST = 2_500
/** Larger customers make most of the calls and are one entity each: they cost time and tell little. */
const MAX_CALLS_A_DAY = 150
const MIDDLE = 500

const CEILING_4 = 4

/** Runs of a naive campaign with one change, a run a seed. */
const specsOf = (
  name: string,
  change: Overrides['campaign'],
  attackers: number,
  { scale, seeds }: PlanOptions,
  more: Partial<RunSpec> = {},
): RunSpec[] =>
  seeds.map((seed) => ({
    name,
    scenario: 'naive',
    overrides: { days: DAYS, ...(change === undefined ? {} : { campaign: change }) },
    scale,
    honest: { accounts: HONEST, max_calls_per_day: MAX_CALLS_A_DAY },
    attackers,
    seed,
    baselines: true,
    ...more,
  }))

const named = (name: string): Variant => {
  const found = VARIANTS.find((variant) => variant.name === name)
  if (found === undefined) throw new Error(`there is no variant ${name}`)
  return found
}

/** A curve over the settings of one knob. */
const knob = (
  file: string,
  title: string,
  options: PlanOptions,
  points: readonly (readonly [tick: string, change: Overrides['campaign']])[],
): Plan => ({
  kind: 'curve',
  title,
  says: [`${MIDDLE} accounts of the campaign; everything else as in a naive one.`],
  file,
  rows: points.map(([tick, change]) => ({
    name: `${title}: ${tick}`,
    tick,
    specs: specsOf(tick, change, MIDDLE, options),
  })),
})

const sizes = (name: string, file: string, options: PlanOptions): Plan => ({
  kind: 'curve',
  title: `Size of a campaign: ${name}`,
  says: [`${HONEST * options.scale} ordinary customers, ${DAYS} days.`],
  file,
  rows: SIZES.map((size) => ({
    name: `${name}, ${size} accounts`,
    tick: String(size),
    specs: specsOf(name, named(name).change, size, options),
  })),
})

/** Every variant and look-alike at a size that takes below an hour on two cores. */
export const longPlan = (options: PlanOptions): Plan[] => [
  {
    kind: 'variants',
    title: 'Ways to evade',
    says: [
      `${MIDDLE} accounts of a campaign among ${HONEST * options.scale} ordinary customers, ${DAYS} days, at the shipped ceiling (2: one shared budget). A14 at ceiling 4, since nothing else makes accounts be given up.`,
    ],
    file: 'variants',
    rows: VARIANTS.map(({ name, change, expectedMiss }) => ({
      name: expectedMiss === true ? `${name} (expected miss)` : name,
      tick: name.split(' ')[0] ?? name,
      specs: specsOf(
        name,
        change,
        MIDDLE,
        { ...options, seeds: options.seeds.slice(0, 1) },
        name.startsWith('A14') ? { ceiling: CEILING_4 } : {},
      ),
    })),
  },
  sizes('A1 naive', 'size-naive', { ...options, seeds: options.seeds.slice(0, 2) }),
  sizes('A3 one address each', 'size-sticky', { ...options, seeds: options.seeds.slice(0, 1) }),
  knob('templates', 'Templates', { ...options, seeds: options.seeds.slice(0, 1) }, [
    ['1', { templates: { count: 1 } }],
    ['5', {}],
    ['20', { templates: { count: 20 } }],
    ['200', { templates: { count: 200 } }],
  ]),
  knob('volume', 'Spread of volume (log-sd)', { ...options, seeds: options.seeds.slice(0, 1) }, [
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
          scale: 0.5 * options.scale,
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
