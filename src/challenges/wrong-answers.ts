import type { Issued } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** Counts wrong answers, so that guessing costs us no more than a look-up. */
export interface WrongAnswers {
  /** Milliseconds until an answer from this network is looked at again; 0 where it is now. */
  waitMsOfNetwork(network: string): number
  /** The same for answers to one challenge, wherever they come from. */
  waitMsOf(issued: Issued): number
  /** Counts a wrong answer. */
  wrong(issued: Issued, network: string): void
}

const MINUTE_MS = 60_000
const PER_NETWORK_MINUTE = 60
/** People mistype nothing here: a program that is wrong this often is broken or hostile. */
const PER_CHALLENGE_MINUTE = 10
/** Each some 5 MB. */
const MAX_KEYS = 20_000

/**
 * Wrong answers a minute: 60 of a network, 10 to one challenge. Only answers that made somebody calculate
 * count; what fails before that is cheaper than counting it, and would let a neighbour lock others out with
 * junk.
 */
export const createWrongAnswers = (options: {
  readonly clock: Clock
  readonly perNetworkMinute?: number
  readonly perChallengeMinute?: number
}): WrongAnswers => {
  const { clock } = options
  const buckets = { clock, refillMs: MINUTE_MS, maxKeys: MAX_KEYS }
  const networks = createTokenBuckets({
    ...buckets,
    capacity: options.perNetworkMinute ?? PER_NETWORK_MINUTE,
  })
  const challenges = createTokenBuckets({
    ...buckets,
    capacity: options.perChallengeMinute ?? PER_CHALLENGE_MINUTE,
  })
  return {
    waitMsOfNetwork: (network) => networks.waitMs(network),
    waitMsOf: ({ id }) => challenges.waitMs(id),
    wrong: ({ id }, network) => {
      networks.take(network)
      challenges.take(id)
    },
  }
}
