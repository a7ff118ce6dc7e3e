import { FACTS, UNKNOWN, type FactName, type FactOf, type Unknown } from '../core/facts.ts'
import { CARD_ISSUER } from './card-issuer.ts'
import { emailDomainOf } from './email-domain.ts'

/** Facts that one claim or one header of an operator may state directly. */
export const STATED_FACTS = [
  'account.id',
  'account.entity',
  'account.active_days',
  'account.status',
  'account.plan',
  'account.country',
  'account.verified',
  'account.email_domain',
  'account.email_disposable',
  'account.email_pattern',
  'payment.status',
  'payment.verified',
  'payment.funding',
  'payment.issuer',
  'payment.country',
  'payment.instrument',
  'payment.instrument_entities',
  'payment.settled_count',
  'payment.settled_usd',
  'payment.disputes',
] as const satisfies readonly FactName[]

/** One of {@link STATED_FACTS}. */
export type StatedFact = (typeof STATED_FACTS)[number]

const IDENTIFIER = /^[\x21-\x7e]{1,256}$/
const TEXT = /^[^\p{Cc}\p{Cs}]{1,256}$/u
const COUNTRY = /^[A-Z]{2}$/

const isStated = (name: FactName, value: unknown): boolean => {
  const row: { readonly type: string; readonly values?: readonly string[] } = FACTS[name]
  if (row.type === 'boolean') return typeof value === 'boolean'
  if (row.type === 'number') return typeof value === 'number' && value >= 0 && value <= 1e12
  if (typeof value !== 'string') return false
  if (row.values !== undefined) return row.values.includes(value)
  if (name === 'account.id' || name === 'account.entity') return IDENTIFIER.test(value)
  if (name === 'payment.issuer') return CARD_ISSUER.test(value)
  if (name.endsWith('.country')) return COUNTRY.test(value)
  return TEXT.test(value)
}

/**
 * The value of a fact as a claim states it, in the fact's own type; an e-mail address counts as its
 * domain. Nothing stated is `absent`; a value of the wrong type or out of bounds is `failed`, never
 * repaired.
 */
export const statedFact = <N extends StatedFact>(name: N, value: unknown): FactOf<N> | Unknown => {
  if (value === undefined) return UNKNOWN.absent
  const given =
    name === 'account.email_domain' && typeof value === 'string' ? emailDomainOf(value) : value
  // `isStated` has checked the value against the row of the table the type is derived from.
  return isStated(name, given) ? (given as FactOf<N>) : UNKNOWN.failed
}

const NUMBER = /^(?:0|[1-9]\d{0,12})(?:\.\d{1,6})?$/

/** The same for a header: `true` and `false`, decimal numbers without sign or exponent, and text. */
export const statedText = <N extends StatedFact>(name: N, text: string): FactOf<N> | Unknown => {
  const { type } = FACTS[name]
  if (type === 'number') return statedFact(name, NUMBER.test(text) ? Number(text) : text)
  if (type === 'boolean')
    return statedFact(name, text === 'true' || (text === 'false' ? false : text))
  return statedFact(name, text)
}
