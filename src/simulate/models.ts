import { DAY_MS } from '../core/time.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** Which model a call of `atMs` asks for. */
export type ModelChoice = (atMs: number) => string

const ADOPTION_DAYS = 14
/** Share of agents' users whom the agent itself moves with the release, since it is its new default. */
const AT_ONCE = 0.25
/** Share of conversations with another model than the usual one. */
const TRIES = 0.1

/**
 * One customer's choice: a usual model, now and then another; to a new model, by its weight, within two
 * weeks of its release, or within a day where an agent changes its default. Both are guesses.
 */
export const createModelChoice = (
  world: World,
  random: Random,
  followsDefaults = false,
): ModelChoice => {
  const { models } = world
  const pick = (among: typeof models): string => {
    let left = random.unit() * among.reduce((sum, { weight }) => sum + weight, 0)
    for (const { name, weight } of among) {
      left -= weight
      if (left < 0) return name
    }
    return among[0]?.name ?? models[0]?.name ?? 'model'
  }
  const old = models.filter(({ releasedMs }) => releasedMs === undefined)
  const usual = pick(old.length === 0 ? models : old)
  const fresh = models.findLast(({ releasedMs }) => releasedMs !== undefined)
  const all = models.reduce((sum, { weight }) => sum + weight, 0)
  const moves = fresh !== undefined && random.chance(fresh.weight / all)
  const days = followsDefaults && random.chance(AT_ONCE) ? 1 : ADOPTION_DAYS
  const movesAtMs = moves ? (fresh.releasedMs ?? 0) + random.unit() * days * DAY_MS : Infinity
  return (atMs) => {
    if (models.length > 1 && random.chance(TRIES)) {
      return pick(models.filter(({ releasedMs = 0 }) => releasedMs <= atMs))
    }
    return fresh !== undefined && atMs >= movesAtMs ? fresh.name : usual
  }
}
