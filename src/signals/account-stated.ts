import { UNKNOWN, Unknown, type FactOf } from '../core/facts.ts'
import type { Account, AccountTools } from './account.ts'
import type { StatedFact } from './account-fact.ts'
import { isListedDomain } from './email-domain.ts'

/** What a token or an edge states of an account. */
export type Statement = {
  readonly id: string
  readonly reseller: boolean
  readonly createdAtMs: number | Unknown
  readonly fact: <N extends StatedFact>(name: N) => FactOf<N> | Unknown
}

/** An {@link Account} from statements instead of a record; a fact that was stated badly stays `failed`. */
export const accountOfStatement = (
  { id, reseller, createdAtMs, fact }: Statement,
  tools: AccountTools,
): Account => {
  const entity = fact('account.entity')
  const instrument = fact('payment.instrument')
  const domain = fact('account.email_domain')
  const disposable = fact('account.email_disposable')
  const derived =
    disposable === UNKNOWN.absent &&
    !(domain instanceof Unknown) &&
    tools.disposableDomains !== undefined
  return {
    id,
    entity: entity instanceof Unknown ? id : entity,
    reseller,
    createdAtMs,
    activeDays: fact('account.active_days'),
    status: fact('account.status'),
    plan: fact('account.plan'),
    country: fact('account.country'),
    verified: fact('account.verified'),
    emailDomain: domain,
    emailDisposable: derived ? isListedDomain(domain, tools.disposableDomains) : disposable,
    emailPattern: fact('account.email_pattern'),
    paymentStatus: fact('payment.status'),
    paymentVerified: fact('payment.verified'),
    paymentFunding: fact('payment.funding'),
    paymentIssuer: fact('payment.issuer'),
    paymentCountry: fact('payment.country'),
    instrument: instrument instanceof Unknown ? instrument : tools.hashInstrument(instrument),
    instrumentEntities: fact('payment.instrument_entities'),
    settled: undefined,
    settledCount: fact('payment.settled_count'),
    settledUsd: fact('payment.settled_usd'),
    disputes: fact('payment.disputes'),
    signup: undefined,
  }
}
