import type { Clock } from '../core/seams.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** How many challenges are issued; one that is given again counts nothing. */
export interface IssueLimits {
  /** Counts one for a network, by its keyed hash; milliseconds to wait where it is one too many, else 0. */
  take(network: string): number
}

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
const PER_NETWORK_MINUTE = 60
/** Some quarter of a core. */
const PER_SECOND = 2_000
/** Networks counted each for itself, some 5 MB. */
const MAX_NETWORKS = 20_000

/**
 * Bounds what one network, and everybody together, can make this process work for them. The network is
 * asked first, so that one of them does not use up what all share.
 */
export const createIssueLimits = (options: {
  readonly clock: Clock
  readonly perNetworkMinute?: number
  readonly perSecond?: number
}): IssueLimits => {
  const { clock, perNetworkMinute = PER_NETWORK_MINUTE, perSecond = PER_SECOND } = options
  const networks = createTokenBuckets({
    clock,
    capacity: perNetworkMinute,
    refillMs: MINUTE_MS,
    maxKeys: MAX_NETWORKS,
  })
  const all = createTokenBuckets({
    clock,
    capacity: perSecond,
    refillMs: SECOND_MS,
    maxKeys: 1,
  })
  return { take: (network) => networks.take(network) || all.take('') }
}
