import type { Subject } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { createTokenBuckets, type TokenBuckets } from './token-buckets.ts'

/** Who a fresh challenge would be for. */
export type Asker = {
  readonly subject: Subject
  /** An account is known behind the caller; the credential of any other may be made up. */
  readonly isKnown: boolean
  /** Where it calls from, as wide as one subscriber can spread; see `siteOf`. */
  readonly site: string
}

/** How many challenges are issued; one that is given again counts nothing. */
export interface IssueLimits {
  /** Counts one; milliseconds to wait where it is one too many, else 0. */
  take(asker: Asker): number
}

const MINUTE_MS = 60_000
const SECOND_MS = 1_000
/** Fresh ones of a known account: a call needs one, and a rule that changes some more. */
const PER_ACCOUNT_MINUTE = 20
const PER_SITE_MINUTE = 60
/** Some tenth of a core; twice, since known accounts and others have one each. */
const PER_SECOND = 1_000
/** Accounts and sites counted each for itself, some 5 MB of either. */
const MAX_KEYS = 20_000

/** Takes from both or from neither, so that what all have used up costs nobody of his own. */
const takeBoth = (own: TokenBuckets, key: string, all: TokenBuckets): number =>
  own.waitMs(key) || all.take('') || own.take(key)

/**
 * Bounds what anybody, and everybody together, can make this process work for them. Keys can be made up
 * and accounts cannot: callers without one are counted by where they come from, known accounts each for
 * itself, and neither side uses up what the other has.
 */
export const createIssueLimits = (options: {
  readonly clock: Clock
  readonly perAccountMinute?: number
  readonly perSiteMinute?: number
  /** Of known accounts, and again as many of others. */
  readonly perSecond?: number
}): IssueLimits => {
  const { clock, perAccountMinute = PER_ACCOUNT_MINUTE, perSiteMinute = PER_SITE_MINUTE } = options
  const { perSecond = PER_SECOND } = options
  const aMinute = (capacity: number): TokenBuckets =>
    createTokenBuckets({ clock, capacity, refillMs: MINUTE_MS, maxKeys: MAX_KEYS })
  const aSecond = (): TokenBuckets =>
    createTokenBuckets({ clock, capacity: perSecond, refillMs: SECOND_MS, maxKeys: 1 })
  const accounts = aMinute(perAccountMinute)
  const sites = aMinute(perSiteMinute)
  const [ofAccounts, ofOthers] = [aSecond(), aSecond()]
  return {
    take: ({ subject, isKnown, site }) =>
      isKnown ? takeBoth(accounts, subject, ofAccounts) : takeBoth(sites, site, ofOthers),
  }
}
