import { UNKNOWN, type FactOf, type Unknown } from '../core/facts.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { AccountRecord } from './account-record.ts'
import { emailDomainOf, isListedDomain } from './email-domain.ts'

/** Circumstances of a sign-up, for whoever compares accounts. Fields are absent where not known. */
export type Signup = {
  readonly atMs: number | undefined
  readonly address: string | undefined
  readonly userAgent: string | undefined
  readonly emailPattern: string | undefined
}

/** One account, ready to answer calls: a hundred thousand of them are held in memory. */
export type Account = {
  readonly id: string
  readonly entity: string
  readonly reseller: boolean
  readonly createdAtMs: number | Unknown
  /** As of the moment the account was handed over; days seen later are added on reading. */
  readonly activeDays: number | Unknown
  readonly status: FactOf<'account.status'> | Unknown
  readonly plan: string | Unknown
  readonly country: string | Unknown
  readonly verified: FactOf<'account.verified'> | Unknown
  readonly emailDomain: string | Unknown
  readonly emailDisposable: boolean | Unknown
  readonly emailPattern: string | Unknown
  readonly paymentStatus: FactOf<'payment.status'> | Unknown
  readonly paymentVerified: boolean | Unknown
  readonly paymentFunding: string | Unknown
  readonly paymentIssuer: string | Unknown
  readonly paymentCountry: string | Unknown
  /** Keyed hash. */
  readonly instrument: string | Unknown
  /** Written once more after a load, when all accounts have been counted. */
  instrumentEntities: number | Unknown
  /** Time and sum so far of each payment by turns, in order of time; `undefined` where not listed. */
  readonly settled: readonly number[] | undefined
  /** Only where payments are not listed. */
  readonly settledCount: number | Unknown
  readonly settledUsd: number | Unknown
  readonly disputes: number | Unknown
  readonly signup: Signup | undefined
}

/** What turning a record into an account needs. */
export type AccountTools = {
  /** Keyed hash for payment instruments. */
  readonly hashInstrument: KeyedHash
  /** Domains of throw-away addresses; without the list `account.email_disposable` stays unknown. */
  readonly disposableDomains?: ReadonlySet<string> | undefined
  /** Returns one shared copy of a string that many accounts have in common. */
  readonly intern?: ((text: string) => string) | undefined
}

const byTime = (settled: NonNullable<AccountRecord['settled']>): number[] => {
  const running: number[] = []
  let sumUsd = 0
  for (const { at, usd } of settled.toSorted((a, b) => a.at - b.at)) {
    sumUsd += usd
    running.push(at, sumUsd)
  }
  // A copy has no room to grow, which on a hundred thousand accounts is worth the copying.
  return running.slice()
}

/** An {@link Account} from a checked record. What the record leaves out stays unknown (`absent`). */
export const prepareAccount = (record: AccountRecord, tools: AccountTools): Account => {
  const { account, payment, signup } = record
  const shared = (text: string | undefined): string | undefined =>
    text === undefined || tools.intern === undefined ? text : tools.intern(text)
  const pattern = shared(account?.email_pattern ?? signup?.email_pattern)
  const domain = shared(
    account?.email_domain ?? (pattern?.includes('@') === true ? emailDomainOf(pattern) : undefined),
  )
  const listed =
    domain === undefined || tools.disposableDomains === undefined
      ? UNKNOWN.absent
      : isListedDomain(domain, tools.disposableDomains)
  const { absent } = UNKNOWN
  return {
    id: record.id,
    entity: record.entity ?? record.id,
    reseller: record.reseller === true,
    createdAtMs: record.created_at ?? absent,
    activeDays: account?.active_days ?? absent,
    status: account?.status ?? absent,
    plan: shared(account?.plan) ?? absent,
    country: shared(account?.country) ?? absent,
    verified: account?.verified ?? absent,
    emailDomain: domain ?? absent,
    emailDisposable: account?.email_disposable ?? listed,
    emailPattern: pattern ?? absent,
    paymentStatus: payment?.status ?? absent,
    paymentVerified: payment?.verified ?? absent,
    paymentFunding: shared(payment?.funding) ?? absent,
    paymentIssuer: shared(payment?.issuer) ?? absent,
    paymentCountry: shared(payment?.country) ?? absent,
    instrument:
      payment?.instrument === undefined ? absent : tools.hashInstrument(payment.instrument),
    instrumentEntities: payment?.instrument_entities ?? absent,
    settled: record.settled === undefined ? undefined : byTime(record.settled),
    settledCount: payment?.settled_count ?? absent,
    settledUsd: payment?.settled_usd ?? absent,
    disputes: payment?.disputes ?? absent,
    signup:
      signup === undefined
        ? undefined
        : {
            atMs: signup.at,
            address: signup.ip,
            userAgent: shared(signup.user_agent),
            emailPattern: pattern,
          },
  }
}
