/** Counts how many entities share each payment instrument. */
export interface InstrumentCounter {
  add(instrument: string, entity: string): void
  /** Entities seen with the instrument; 0 for one never seen. */
  entities(instrument: string): number
}

/**
 * A counter over one load of accounts. Nearly every instrument has one entity, which is kept as a bare
 * string; only a shared one pays for a set.
 */
export const createInstrumentCounter = (): InstrumentCounter => {
  const seen = new Map<string, string | Set<string>>()
  return {
    add: (instrument, entity) => {
      const before = seen.get(instrument)
      if (before === undefined) seen.set(instrument, entity)
      else if (typeof before !== 'string') before.add(entity)
      else if (before !== entity) seen.set(instrument, new Set([before, entity]))
    },
    entities: (instrument) => {
      const known = seen.get(instrument)
      if (known === undefined) return 0
      return typeof known === 'string' ? 1 : known.size
    },
  }
}
