import type { Observation } from '../../../src/core/campaign.ts'
import { DAY_MS } from '../../../src/core/time.ts'
import type { Baseline } from './baseline.ts'

/** So many calls a day for each of whatever `keyOf` names, counted anew at midnight UTC. */
const dailyLimit = (
  family: string,
  quotas: readonly number[],
  keyOf: (observation: Observation) => string,
): Baseline => {
  let counts = new Map<string, number>()
  let day = -1
  const acted = quotas.map(() => false)
  return {
    family,
    settings: quotas.map((quota) => `${quota} calls a day`),
    take: (observation) => {
      const today = Math.floor(observation.atMs / DAY_MS)
      if (today !== day) {
        day = today
        counts = new Map()
      }
      const key = keyOf(observation)
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      for (const [at, quota] of quotas.entries()) acted[at] = count > quota
      return acted
    },
  }
}

/** What every API has: a daily limit for each account. */
export const accountLimit = (): Baseline =>
  dailyLimit('limit per account', [10, 20, 50, 100, 200, 500, 1000, 2000], ({ entity }) => entity)

/** What every proxy has: a daily limit for each network (/24, /64). */
export const addressLimit = (): Baseline =>
  dailyLimit(
    'limit per address',
    [10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
    (seen) => seen.network,
  )
