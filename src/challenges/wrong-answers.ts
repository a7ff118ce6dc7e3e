import type { Issued } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { createTokenBuckets } from './token-buckets.ts'

/** Counts wrong answers, so that guessing costs us no more than a look-up. */
export interface WrongAnswers {
  /** Milliseconds until an answer to this challenge, from this network, is looked at again; 0 where it is now. */
  waitMs(issued: Issued, network: string): number
  /** Counts a wrong answer. */
  wrong(issued: Issued, network: string): void
}

const MINUTE_MS = 60_000
const PER_NETWORK_MINUTE = 60
/** People mistype nothing here: a program that is wrong this often is broken or hostile. */
const PER_CHALLENGE_MINUTE = 10
/** Each some 5 MB. */
const MAX_KEYS = 20_000

/** Whether somebody else is asked about an answer. Work is checked here in some 60 µs. */
const isAskedAbout = ({ kind }: Issued): boolean => kind !== 'proof_of_work'

/**
 * Wrong answers a minute: 10 to one challenge, wherever they come from, and 60 of a network where a vendor
 * is asked about each. Proofs of work are not counted by network, since a neighbour could lock others out
 * with wrong ones, and they cost us less than they cost him. Only answers that made somebody calculate count.
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
    waitMs: (issued, network) =>
      Math.max(challenges.waitMs(issued.id), isAskedAbout(issued) ? networks.waitMs(network) : 0),
    wrong: (issued, network) => {
      challenges.take(issued.id)
      if (isAskedAbout(issued)) networks.take(network)
    },
  }
}
