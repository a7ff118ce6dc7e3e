import type { Demand } from '../core/decision.ts'
import type { Family } from './compact-counters.ts'
import type { Fingerprints } from './fingerprint.ts'

/** Ids come from the operator's policies; far more of them than anybody writes means many reloads. */
const MAX_REMEMBERED = 10_000

type Known = { readonly family: Family; readonly counted: Demand['counted'] }

/**
 * The counters of a demand's limit. A limit that counts something else, or in other windows, since the
 * policy was edited starts with new counters, since the old numbers say nothing about the new ones; so
 * does one that is switched between shadow and enforced. A new quota applies to what was counted so far.
 */
export const createFamilies = (fingerprints: Fingerprints): { of(demand: Demand): Family } => {
  const enforced = new Map<string, Known>()
  const shadow = new Map<string, Known>()
  return {
    of: (demand) => {
      const families = demand.enforced ? enforced : shadow
      const known = families.get(demand.limit)
      if (
        known !== undefined &&
        known.counted === demand.counted &&
        known.family.window.lengthMs === demand.windowMs &&
        known.family.window.align === demand.align
      ) {
        return known.family
      }
      const { limit, counted, align, windowMs } = demand
      const mode = demand.enforced ? 'enforced' : 'shadow'
      if (!(windowMs >= 1) && counted !== 'concurrent') {
        throw new RangeError(`limit ${limit} has a window of ${windowMs} ms`)
      }
      const salt = fingerprints.salt(JSON.stringify([limit, counted, align, windowMs, mode]))
      const family = { window: { align, lengthMs: windowMs }, salt }
      if (families.size >= MAX_REMEMBERED) families.clear()
      families.set(limit, { family, counted })
      return family
    },
  }
}
