import { FACT_NAMES, FACTS, Unknown, type FactName, type FactValue } from '../core/facts.ts'

/** The slots of a facts sheet, as compiled conditions read them. */
export type Sheet = readonly (FactValue | Unknown)[]

/** Why an expression has no value: a fact it needs is unknown or of a wrong type, or it cannot be calculated. */
export type Broken =
  | { readonly kind: 'missing'; readonly fact: FactName; readonly slot: number }
  | { readonly kind: 'error'; readonly text: string }

/** A compiled expression. Never throws; a `Broken` is the only other outcome. */
export type Run<T> = (sheet: Sheet) => T | Broken

const MISSING: readonly Broken[] = FACT_NAMES.map((fact, slot) =>
  Object.freeze({ kind: 'missing' as const, fact, slot }),
)

const failure = (text: string): Broken => Object.freeze({ kind: 'error' as const, text })

/** The one `Broken` of a fact, so that nothing is allocated where a fact is missing. */
export const missingAt = (slot: number): Broken => MISSING[slot] ?? NO_SUCH_SLOT

const NO_SUCH_SLOT = failure('no such fact')

/** A list fact holds something else than texts. */
export const WRONG_ITEM: Broken = failure('an entry of a list has a wrong type')

/** A whole number was divided by zero. */
export const DIVIDED_BY_ZERO: Broken = failure('division by zero')

/** A whole number left the range in which doubles are exact. */
export const OUT_OF_RANGE: Broken = failure('the number is out of range')

/** A list fact is longer than any source should make it. */
export const LIST_TOO_LONG: Broken = failure('a list has more than 1000 entries')

/** Longest list a condition looks through. */
export const MAX_LIST = 1_000

/** What an operator is told about a fact that stopped a condition. */
export const describeMissing = (fact: FactName, value: FactValue | Unknown | undefined): string => {
  if (value === undefined) return `${fact} is unknown (no_source)`
  return value instanceof Unknown
    ? `${fact} is unknown (${value.why})`
    : `${fact} holds a value that is not a ${FACTS[fact].type}`
}
