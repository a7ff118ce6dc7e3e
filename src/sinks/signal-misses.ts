import { FACT_SLOT, UNKNOWN, type FactName, type Facts } from '../core/facts.ts'

/** A source of facts as far as its misses are counted. */
export type NamedSource = { readonly name: string; readonly provides: readonly FactName[] }

/**
 * Tells which sources answered late or failed for one call, by the facts they left unknown: a source is
 * named once a call, with the first reason found.
 */
export const createSignalMisses = (
  sources: readonly NamedSource[],
  missed: (source: string, why: 'late' | 'failed') => void,
): ((facts: Facts) => void) => {
  const watched = sources.map(({ name, provides }) => ({
    name,
    slots: provides.map((fact) => FACT_SLOT[fact]),
  }))
  return ({ values }) => {
    for (const { name, slots } of watched) {
      for (const slot of slots) {
        const value = values[slot]
        if (value !== UNKNOWN.late && value !== UNKNOWN.failed) continue
        missed(name, value === UNKNOWN.late ? 'late' : 'failed')
        break
      }
    }
  }
}
