import { randomInt } from 'node:crypto'
import { FACT_NAMES } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { SignalSource } from '../core/seams.ts'
import type { Learner } from './sighting.ts'
import { createAccountPaces } from './velocity-accounts.ts'
import { createDistinctSets } from './velocity-distinct.ts'
import { createSeenEntities } from './velocity-entities.ts'
import { createTextHash } from './velocity-hash.ts'

/** Pace of accounts, learned from what was seen of their calls. */
export interface Velocity extends Learner {
  readonly source: SignalSource
  /** For metrics and tests. */
  stats(): {
    readonly accounts: number
    readonly evictedAccounts: number
    readonly networks: number
    readonly evictedNetworks: number
    /** Memory of all tables. */
    readonly bytes: number
  }
}

// Light accounts need one block and their network another; busy ones need some dozens.
const BLOCKS_PER_ROW = 4
const MAX_SEED = 2 ** 32

const secondsOf = (ms: number): number => Math.max(1, Math.floor(ms / 1000))

/**
 * The velocity facts: calls and tokens of the account in a minute, an hour and a day, distinct networks,
 * ASNs and countries it called from, and entities seen on the network of the caller. Sets are exact up to
 * 128 each and stop there; windows are exact to within a cell (a quarter of the minute, a sixth of the
 * hour and of the day).
 *
 * A call counts at its arrival once it is over, whatever became of it; its tokens count when they are
 * settled. Only known accounts are tracked: calls with unknown credentials leave no trace, and for
 * them the facts of the account are absent. A known account that was not seen has zeros.
 *
 * Limits: the figures live in memory and start from nothing with the process, or from what the others
 * still tell of the last day, so after a start they are lower bounds for as long as their window. Past
 * `maxAccounts` the longest idle make room and start again from zero. Nothing here is a quota: limits have
 * counters of their own, which last.
 */
export const createVelocity = (
  options: {
    readonly maxAccounts?: number
    /** As many as accounts by default. */
    readonly maxNetworks?: number
    /** The one that sightings are made with; networks in clear where nothing leaves the process. */
    readonly hashNetwork?: KeyedHash
    /** Seed of the hash of the tables; random by default. */
    readonly seed?: number
  } = {},
): Velocity => {
  const maxAccounts = options.maxAccounts ?? 1_000_000
  const maxNetworks = options.maxNetworks ?? maxAccounts
  const hashNetwork = options.hashNetwork ?? ((network: string): string => network)
  const hash = createTextHash(options.seed ?? randomInt(MAX_SEED))
  const sets = createDistinctSets({ maxBlocks: (maxAccounts + maxNetworks) * BLOCKS_PER_ROW })
  const paces = createAccountPaces({ capacity: maxAccounts, hash, sets })
  const entities = createSeenEntities({ capacity: maxNetworks, hash, sets })

  return {
    name: 'velocity',
    source: {
      name: 'velocity',
      provides: FACT_NAMES.filter((name) => name.startsWith('velocity.')),
      budgetMs: 0,
      wave: 1,
      read: (call, facts) => {
        const nowS = secondsOf(call.atMs)
        const account =
          facts.known('account.known') === false ? undefined : facts.known('account.id')
        const onNetwork = entities.count(hashNetwork(call.caller.network), nowS)
        return account === undefined
          ? { 'velocity.network_entities_1d': onNetwork }
          : paces.read(account, nowS, onNetwork)
      },
    },
    learn: (sighting) => {
      const { account, entity = account, network, asn, country, tokens } = sighting
      if (account === undefined || entity === undefined) return
      const atS = secondsOf(sighting.atMs)
      const endS = Math.max(atS, secondsOf(sighting.endMs))
      paces.learn({ account, atS, endS, tokens, network, asn, country })
      if (network !== undefined) entities.learn(network, entity, atS)
    },
    stats: () => ({
      accounts: paces.size,
      evictedAccounts: paces.evicted,
      networks: entities.size,
      evictedNetworks: entities.evicted,
      bytes: paces.bytes + entities.bytes + sets.bytes,
    }),
    close: () => Promise.resolve(),
  }
}
