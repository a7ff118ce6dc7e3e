import { randomInt } from 'node:crypto'
import { UNKNOWN, type Findings } from '../core/facts.ts'
import type { SignalSource } from '../core/seams.ts'
import type { Learner } from './sighting.ts'
import { createDistinctSets } from './velocity-distinct.ts'
import { createSeenEntities } from './velocity-entities.ts'
import { createTextHash } from './velocity-hash.ts'

/** Payment instruments and the entities that were seen paying with them. */
export interface InstrumentsSeen extends Learner {
  readonly source: SignalSource
  /** For metrics and tests. */
  stats(): { readonly instruments: number; readonly bytes: number }
}

const BLOCKS_PER_INSTRUMENT = 2
const MAX_SEED = 2 ** 32
const NOTHING: Findings = Object.freeze({})

/**
 * How many entities share a payment instrument, learned from their calls of the last day, for account
 * sources that do not know it themselves: what a source knows, or stated wrongly, stays. The caller's own
 * entity counts from its first call on, so the figure is never below 1; it is exact up to 128. A lower
 * bound: entities that did not call within the day are not counted. Past `maxInstruments` the longest idle
 * make room.
 */
export const createInstrumentsSeen = (
  options: {
    readonly maxInstruments?: number
    /** Seed of the hash of the table; random by default. */
    readonly seed?: number
  } = {},
): InstrumentsSeen => {
  const { maxInstruments = 500_000 } = options
  const sets = createDistinctSets({ maxBlocks: maxInstruments * BLOCKS_PER_INSTRUMENT })
  const hash = createTextHash(options.seed ?? randomInt(MAX_SEED))
  const entities = createSeenEntities({ capacity: maxInstruments, hash, sets })
  return {
    name: 'instruments_seen',
    source: {
      name: 'instruments_seen',
      provides: ['payment.instrument_entities'],
      budgetMs: 0,
      wave: 1,
      read: (call, facts) => {
        const instrument = facts.known('payment.instrument')
        const said = facts.get('payment.instrument_entities')
        if (instrument === undefined) return NOTHING
        if (said !== UNKNOWN.absent && said !== UNKNOWN.no_source) return NOTHING
        const nowS = Math.floor(call.atMs / 1000)
        return { 'payment.instrument_entities': Math.max(1, entities.count(instrument, nowS)) }
      },
    },
    learn: ({ instrument, entity, atMs }) => {
      if (instrument === undefined || entity === undefined) return
      entities.learn(instrument, entity, Math.max(1, Math.floor(atMs / 1000)))
    },
    stats: () => ({ instruments: entities.size, bytes: entities.bytes + sets.bytes }),
    close: () => Promise.resolve(),
  }
}
