import type { FactName } from '../core/facts.ts'
import type { Complaint } from './complaint.ts'
import { COUNTRY_CODES, countryInstead } from './country-codes.ts'
import { nodesOf, type Expression } from './expression.ts'
import { nearest } from './nearest.ts'

/** The values a fact can have at all; `undefined` where any is possible. */
export type ClosedValues = (fact: FactName) => readonly string[] | undefined

/** The texts a fact is compared with at one node, with the fact. */
const comparedWith = (
  node: Expression,
): readonly { readonly fact: FactName; readonly literal: Expression }[] => {
  if (node.kind === 'equal' || node.kind === 'unequal') {
    const { left, right } = node
    if (left.kind === 'fact') return [{ fact: left.fact, literal: right }]
    return right.kind === 'fact' ? [{ fact: right.fact, literal: left }] : []
  }
  if (node.kind === 'in') {
    const { left, right } = node
    if (right.kind === 'fact') return [{ fact: right.fact, literal: left }]
    if (left.kind === 'fact' && right.kind === 'list') {
      return right.items.map((literal) => ({ fact: left.fact, literal }))
    }
  }
  return []
}

const insteadOf = (text: string, values: readonly string[]): string => {
  if (values === COUNTRY_CODES) return countryInstead(text)
  if (values.length === 0) return 'nothing of this policy gives it a value'
  const near = nearest(text, values)
  const all = `one of ${values.join(', ')}`
  return near === undefined ? `write ${all}` : `write ${JSON.stringify(near)}; it is ${all}`
}

/**
 * Complains about every text that a fact is compared with and that it can never be, such as a misspelt
 * status: such a rule would compile, never match, and be noticed by nobody.
 */
export const impossibleValues = (expression: Expression, closed: ClosedValues): Complaint[] =>
  nodesOf(expression)
    .flatMap(comparedWith)
    .flatMap(({ fact, literal }) => {
      const values = closed(fact)
      if (values === undefined || literal.kind !== 'literal' || literal.type !== 'string') return []
      if (values.includes(literal.value)) return []
      return [
        {
          start: literal.start,
          what: `${fact} is never ${JSON.stringify(literal.value.slice(0, 64))}`,
          instead: insteadOf(literal.value, values),
        },
      ]
    })
