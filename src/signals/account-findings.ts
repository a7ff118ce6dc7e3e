import { UNKNOWN, Unknown, type FactName, type Findings } from '../core/facts.ts'
import { DAY_MS } from '../core/time.ts'
import { STATED_FACTS } from './account-fact.ts'
import type { Account } from './account.ts'

/** Every fact an account source provides. */
export const ACCOUNT_FACTS = [
  'account.known',
  'account.age_days',
  ...STATED_FACTS,
] as const satisfies readonly FactName[]

/** No account stands behind the credential: the source was asked and knows of none. */
export const NO_ACCOUNT: Findings = Object.freeze({ 'account.known': false })

/** The source cannot say, not even whether there is an account. */
export const ACCOUNT_FAILED: Findings = Object.freeze(
  Object.fromEntries(ACCOUNT_FACTS.map((name) => [name, UNKNOWN.failed])),
)

/**
 * Days between two moments, down to a hundredth, so that a rule can speak of the first hours and a
 * record stays readable. A date in the future counts as this moment: a wrong clock makes nobody old.
 */
export const daysBetween = (fromMs: number, nowMs: number): number =>
  Math.floor((Math.max(0, nowMs - fromMs) / DAY_MS) * 100) / 100

/** How many of the payments, a time and a running sum by turns, were settled by `nowMs`. */
const settledBy = (settled: readonly number[], nowMs: number): number => {
  let low = 0
  let high = settled.length / 2
  if (high > 0 && (settled[2 * high - 2] ?? 0) <= nowMs) return high
  while (low < high) {
    const middle = (low + high) >> 1
    if ((settled[2 * middle] ?? 0) <= nowMs) low = middle + 1
    else high = middle
  }
  return low
}

/** What differs between calls of one account. */
export type Subject = {
  /** Entity the call belongs to, where it is not the account's own. */
  readonly entity: string
  /** Days on which the account made a call since it was handed over. */
  readonly laterDays: number
}

/**
 * The facts of an account at a moment. Age and settled payments move with `nowMs`; payments dated later
 * do not count yet. `payment.verified` follows from settled payments unless the record says otherwise.
 */
export const findingsOf = (account: Account, nowMs: number, subject?: Subject): Findings => {
  const { settled, createdAtMs, activeDays } = account
  let settledCount = account.settledCount
  let settledUsd = account.settledUsd
  if (settled !== undefined) {
    settledCount = settledBy(settled, nowMs)
    settledUsd = settledCount === 0 ? 0 : (settled[2 * settledCount - 1] ?? 0)
  }
  let verified = account.paymentVerified
  if (verified === UNKNOWN.absent && !(settledCount instanceof Unknown)) verified = settledCount > 0
  return {
    'account.known': true,
    'account.id': account.id,
    'account.entity': subject?.entity ?? account.entity,
    'account.age_days':
      createdAtMs instanceof Unknown ? createdAtMs : daysBetween(createdAtMs, nowMs),
    'account.active_days':
      activeDays instanceof Unknown ? activeDays : activeDays + (subject?.laterDays ?? 0),
    'account.status': account.status,
    'account.plan': account.plan,
    'account.country': account.country,
    'account.verified': account.verified,
    'account.email_domain': account.emailDomain,
    'account.email_disposable': account.emailDisposable,
    'account.email_pattern': account.emailPattern,
    'payment.status': account.paymentStatus,
    'payment.verified': verified,
    'payment.funding': account.paymentFunding,
    'payment.issuer': account.paymentIssuer,
    'payment.country': account.paymentCountry,
    'payment.instrument': account.instrument,
    'payment.instrument_entities': account.instrumentEntities,
    'payment.settled_count': settledCount,
    'payment.settled_usd': settledUsd,
    'payment.disputes': account.disputes,
  }
}
