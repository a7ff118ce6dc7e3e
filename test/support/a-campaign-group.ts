import type { Conduct } from '../../src/campaigns/judge/conduct.ts'
import { aConduct, NO_ROOTS, poisson, someDays, unit, type Rhythm } from './a-conduct.ts'
import type { SeededRandom } from './seeded-random.ts'

/** Knobs of a harvesting account. */
export type HydraKnobs = Partial<Rhythm> & {
  readonly rotates?: boolean
  readonly relayed?: boolean
  readonly training?: number
  readonly perCard?: number
  readonly prepaid?: boolean
}

/** One account of a naive campaign: an even quota, rotating addresses, shared cards, reasoning tasks. */
export const aHydraConduct = (random: SeededRandom, knobs: HydraKnobs = {}): Conduct => {
  const rhythm = { median: 26, logSd: 0.1, dayNoise: 0.15, active: 0.97, days: 6, ...knobs }
  const roots = poisson(random, 20)
  const reasoning = Math.round(roots * (knobs.training ?? 0.9))
  return aConduct({
    ...someDays(random, rhythm),
    networksPer10Calls: (knobs.rotates ?? true) ? 8 + 2 * unit(random) : 1,
    countriesPerDay: (knobs.rotates ?? true) ? 4 : 1,
    environmentsPerWeek: (knobs.relayed ?? false) ? 9 : 1,
    comparable: 60,
    contradictions: (knobs.relayed ?? false) ? 30 : 0,
    rootsByCapability: { ...NO_ROOTS, reasoning, agent: roots - reasoning },
    instrumentEntities: knobs.perCard ?? 8,
    prepaid: knobs.prepaid ?? true,
    funding: 1_000 + random(3),
    emailPattern: 2_000,
    client: 5,
    template: 900 + random(5),
    createdAtMs: (600 + random(7)) * 86_400_000,
  })
}
