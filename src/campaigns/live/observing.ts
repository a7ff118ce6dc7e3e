import type { Observation } from '../../core/campaign.ts'
import type { CallEvent } from '../../core/event.ts'
import type { Facts } from '../../core/facts.ts'
import type { KeyedHash } from '../../core/keyed-hash.ts'
import { DAY_MS } from '../../core/time.ts'

/** What turning events into observations needs. */
export type ObservingOptions = {
  /** Whether `campaigns.reference` holds; `undefined` where a fact it needs is not known. */
  readonly isProven: (facts: Facts) => boolean | undefined
  /** The same for everyone who learns or reads of networks. */
  readonly hashNetwork: KeyedHash
}

/** The observation of a call; `undefined` where it tells nothing of a known account. Never throws. */
export type Observing = (event: CallEvent) => Observation | undefined

const NOT_TOLD = '-'

/** What an account is paid from: status, funding, issuer, country; `undefined` where none is known. */
const fundingOf = (facts: Facts): string | undefined => {
  const status = facts.known('payment.status')
  const funding = facts.known('payment.funding')
  const issuer = facts.known('payment.issuer')
  const country = facts.known('payment.country')
  if ((status ?? funding ?? issuer ?? country) === undefined) return undefined
  return `${status ?? NOT_TOLD}|${funding ?? NOT_TOLD}|${issuer ?? NOT_TOLD}|${country ?? NOT_TOLD}`
}

/**
 * When the account was made, to the minute. The age is a fact in hundredths of a day, rounded down, so
 * that this is up to a quarter of an hour late and differs so much from call to call.
 */
const createdAtMsOf = (facts: Facts, atMs: number): number | undefined => {
  const ageDays = facts.known('account.age_days')
  if (ageDays === undefined) return undefined
  const minutes = Math.floor((atMs - ageDays * DAY_MS) / 60_000)
  return Number.isFinite(minutes) ? Math.max(0, minutes * 60_000) : undefined
}

/**
 * Tells of each call what campaigns are found by. Calls without a known account tell nothing, so that
 * unknown credentials, however many, leave no trace; nor do calls on which no verdict was reached.
 * Refused calls of known accounts count. Some microseconds a call: the traits were made in `read`.
 */
export const createObserving =
  ({ isProven, hashNetwork }: ObservingOptions): Observing =>
  ({ arrival, call, facts, ruling, settled, upstream }) => {
    if (call === undefined || facts === undefined || ruling === undefined) return undefined
    if (facts.known('account.known') === false) return undefined
    const account = facts.known('account.id')
    if (account === undefined) return undefined
    return {
      id: arrival.id,
      atMs: arrival.atMs,
      entity: facts.known('account.entity') ?? account,
      proven: isProven(facts),
      createdAtMs: createdAtMsOf(facts, arrival.atMs),
      network: hashNetwork(call.caller.network),
      asn: facts.known('ip.asn'),
      country: facts.known('ip.country'),
      client: facts.known('caller.client'),
      stack: facts.known('caller.stack'),
      instrument: facts.known('payment.instrument'),
      funding: fundingOf(facts),
      prepaid:
        facts.known('payment.status') === 'prepaid' || facts.known('payment.funding') === 'prepaid',
      emailPattern: facts.known('account.email_pattern'),
      model: call.ask.model,
      traits: call.traits,
      verdict: ruling.verdict,
      forwarded: upstream !== undefined,
      tokens: settled === undefined ? 0 : settled.inputTokens + settled.outputTokens,
    }
  }
