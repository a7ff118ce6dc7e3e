import { randomInt } from 'node:crypto'
import { FACT_NAMES, type Facts } from '../core/facts.ts'
import type { Sink, SignalSource } from '../core/seams.ts'
import { createAccountPaces } from './velocity-accounts.ts'
import { createDistinctSets } from './velocity-distinct.ts'
import { createTextHash } from './velocity-hash.ts'
import { createNetworkEntities } from './velocity-networks.ts'

/** Pace of accounts, learned from the events of their calls. */
export type Velocity = {
  readonly source: SignalSource
  readonly sink: Sink
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

/** The account a sheet speaks of; `undefined` where the credential is not that of a known account. */
const accountOf = (facts: Facts): string | undefined =>
  facts.known('account.known') === false ? undefined : facts.known('account.id')

/**
 * The velocity facts of one process: calls and tokens of the account in a minute, an hour and a day,
 * distinct networks, ASNs and countries it called from, and entities seen on the network of the caller.
 * Sets are exact up to 128 each and stop there; windows are exact to within a cell (a quarter of the
 * minute, a sixth of the hour and of the day).
 *
 * A call counts at its arrival once its event is recorded, whatever became of it; its tokens count when
 * they are settled. Only known accounts are tracked: calls with unknown credentials leave no trace, and for
 * them the facts of the account are absent. A known account that was not seen has zeros.
 *
 * Limits: the figures live in memory and start from nothing with the process, so after a start they are
 * lower bounds for as long as their window; each replica counts its own calls. Past `maxAccounts` the
 * longest idle make room and start again from zero. Nothing here is a quota: limits have counters of their
 * own, which last.
 */
export const createVelocity = (
  options: {
    readonly maxAccounts?: number
    /** As many as accounts by default. */
    readonly maxNetworks?: number
    /** Seed of the hash of the tables; random by default. */
    readonly seed?: number
  } = {},
): Velocity => {
  const maxAccounts = options.maxAccounts ?? 1_000_000
  const maxNetworks = options.maxNetworks ?? maxAccounts
  const hash = createTextHash(options.seed ?? randomInt(MAX_SEED))
  const sets = createDistinctSets({ maxBlocks: (maxAccounts + maxNetworks) * BLOCKS_PER_ROW })
  const paces = createAccountPaces({ capacity: maxAccounts, hash, sets })
  const entities = createNetworkEntities({ capacity: maxNetworks, hash, sets })

  return {
    source: {
      name: 'velocity',
      provides: FACT_NAMES.filter((name) => name.startsWith('velocity.')),
      budgetMs: 0,
      wave: 1,
      read: (call, facts) => {
        const nowS = secondsOf(call.atMs)
        const account = accountOf(facts)
        const onNetwork = entities.count(call.caller.network, nowS)
        return account === undefined
          ? { 'velocity.network_entities_1d': onNetwork }
          : paces.read(account, nowS, onNetwork)
      },
    },
    sink: {
      name: 'velocity',
      accept: ({ arrival, facts, settled, totalMs }) => {
        const account = facts === undefined ? undefined : accountOf(facts)
        if (facts === undefined || account === undefined) return
        const atS = secondsOf(arrival.atMs)
        const network = facts.known('caller.network')
        paces.learn({
          account,
          atS,
          endS: Math.max(atS, secondsOf(arrival.atMs + totalMs)),
          tokens: settled === undefined ? 0 : settled.inputTokens + settled.outputTokens,
          network,
          asn: facts.known('ip.asn'),
          country: facts.known('ip.country'),
        })
        if (network !== undefined) {
          entities.learn(network, facts.known('account.entity') ?? account, atS)
        }
      },
      close: () => Promise.resolve(),
    },
    stats: () => ({
      accounts: paces.size,
      evictedAccounts: paces.evicted,
      networks: entities.size,
      evictedNetworks: entities.evicted,
      bytes: paces.bytes + entities.bytes + sets.bytes,
    }),
  }
}
