import { CONDUCT_DAYS, type Conduct } from '../../src/campaigns/judge/conduct.ts'
import type { Group } from '../../src/campaigns/judge/group.ts'
import type { SeededRandom } from './seeded-random.ts'

/** A number from 0 to below 1. */
export const unit = (random: SeededRandom): number => random(2 ** 30) / 2 ** 30

/** A standard normal number (Box, Muller 1958). */
export const normal = (random: SeededRandom): number =>
  Math.sqrt(-2 * Math.log(1 - unit(random))) * Math.cos(2 * Math.PI * unit(random))

/** A Poisson number; for large means the rounded normal. */
export const poisson = (random: SeededRandom, mean: number): number => {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)))
  const limit = Math.exp(-mean)
  let events = -1
  for (let product = 1; product > limit; events++) product *= unit(random)
  return events
}

export const NO_ROOTS = { chat: 0, code: 0, agent: 0, reasoning: 0, grading: 0, data: 0 }

/** Conduct of somebody of whom nothing is known. */
export const aConduct = (over: Partial<Conduct> = {}): Conduct => ({
  dayCalls: Array.from({ length: CONDUCT_DAYS + 1 }, () => undefined),
  weekCalls: 0,
  networksPer10Calls: 0,
  countriesPerDay: 0,
  environmentsPerWeek: 0,
  contradictions: 0,
  comparable: 0,
  rootsByCapability: NO_ROOTS,
  instrumentEntities: 0,
  prepaid: undefined,
  funding: undefined,
  emailPattern: undefined,
  client: undefined,
  template: undefined,
  createdAtMs: undefined,
  ...over,
})

/** How much somebody calls. */
export type Rhythm = {
  /** Calls on a middling day: median over people, and standard deviation of the logarithm. */
  readonly median: number
  readonly logSd: number
  /** Standard deviation of the logarithm of one day against the next. */
  readonly dayNoise: number
  /** Probability of calling at all on a day. */
  readonly active: number
  /** Whole days since the first call, the first one included. */
  readonly days: number
}

/** Calls on the days of {@link Conduct}, today running. */
export const someDays = (
  random: SeededRandom,
  rhythm: Rhythm,
): Pick<Conduct, 'dayCalls' | 'weekCalls'> => {
  const level = rhythm.median * Math.exp(rhythm.logSd * normal(random))
  const dayCalls = Array.from({ length: CONDUCT_DAYS + 1 }, (_, day) => {
    const age = CONDUCT_DAYS - day
    if (age === 0 || age > rhythm.days) return undefined
    if (unit(random) >= rhythm.active) return 0
    return poisson(random, level * Math.exp(rhythm.dayNoise * normal(random)))
  })
  const week = dayCalls.slice(-8).reduce<number>((sum, calls) => sum + (calls ?? 0), 0)
  return { dayCalls, weekCalls: week }
}

/** Capability mixes of honest customers: agents, chat, programs that work on data, and the rest. */
const someRoots = (random: SeededRandom): Conduct['rootsByCapability'] => {
  const roots = poisson(random, 12)
  const kind = unit(random)
  const training = kind < 0.08 ? 0.9 : kind < 0.2 ? 0.3 : 0.04
  const counts = { ...NO_ROOTS }
  for (let i = 0; i < roots; i++) {
    const asks = unit(random) < training ? 'reasoning' : kind < 0.6 ? 'code' : 'chat'
    counts[asks]++
  }
  return counts
}

/** An ordinary customer, drawn from one population with every habit that honest customers have. */
export const anHonestConduct = (random: SeededRandom, over: Partial<Rhythm> = {}): Conduct => {
  const rhythm = { median: 20, logSd: 1.4, dayNoise: 0.8, active: 0.6, days: 14, ...over }
  const kind = unit(random)
  const agent = unit(random) < 0.4
  return aConduct({
    ...someDays(random, rhythm),
    networksPer10Calls: kind < 0.03 ? 7 : 1 + unit(random),
    countriesPerDay: kind > 0.98 ? 3 : 1,
    environmentsPerWeek: agent ? (unit(random) < 0.2 ? 5 : 1 + random(3)) : 0,
    comparable: agent ? 40 : 0,
    contradictions: agent && unit(random) < 0.02 ? 35 : 0,
    rootsByCapability: someRoots(random),
    instrumentEntities: unit(random) < 0.6 ? (unit(random) < 0.01 ? 6 : 1) : 0,
    prepaid: unit(random) < 0.7 ? unit(random) < 0.12 : undefined,
    funding: unit(random) < 0.7 ? Math.floor(200 * unit(random) ** 2) : undefined,
    emailPattern: Math.floor(300 * unit(random) ** 2),
    client: random(30),
    template: random(200),
    createdAtMs: random(600) * 86_400_000,
  })
}

/** A group that nothing but one shared template linked. */
export const aGroup = (conduct: readonly Conduct[], over: Partial<Group> = {}): Group => ({
  conduct,
  linkedBy: new Set(['template']),
  edges: { handedOver: 0, repeatedTasks: 0, distinctTasks: 0 },
  pivot: undefined,
  ...over,
})
