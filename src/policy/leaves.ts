import { FACT_SLOT, Unknown, type FactName, type FactValue } from '../core/facts.ts'
import { CLOSURES } from './closures.ts'
import type { Condition } from './condition.ts'
import { excerpt } from './excerpt.ts'
import { nodesOf, type BoolExpression, type Expression } from './expression.ts'
import { describeMissing, type Broken, type Sheet } from './sheet.ts'

/** A fact as an explanation shows it. */
export type ShownFact = {
  readonly fact: FactName
  readonly value: FactValue | undefined
  readonly unknown?: string
}

/** A part of a condition that is not split further, with what it came to for one call. */
export type Leaf = {
  /** As written. */
  readonly text: string
  /** `undefined` where it could not be evaluated. */
  readonly value: boolean | undefined
  /** Why it could not be evaluated. */
  readonly broken?: string
  readonly facts: readonly ShownFact[]
}

/** Why an expression has no value, in words. */
export const explainBroken = (broken: Broken, sheet: Sheet): string =>
  broken.kind === 'error' ? broken.text : describeMissing(broken.fact, sheet[broken.slot])

/** The facts an expression reads, with their values. */
export const shownFacts = (expression: Expression, sheet: Sheet): readonly ShownFact[] => {
  const names = new Set(
    nodesOf(expression).flatMap((node) =>
      node.kind === 'fact' || node.kind === 'has' ? [node.fact] : [],
    ),
  )
  return [...names].map((fact) => {
    const value = sheet[FACT_SLOT[fact]]
    return value === undefined || value instanceof Unknown
      ? { fact, value: undefined, unknown: value?.why ?? 'no_source' }
      : { fact, value }
  })
}

const split = (expression: BoolExpression): readonly BoolExpression[] => {
  if (expression.kind === 'and' || expression.kind === 'or') {
    return [...split(expression.left), ...split(expression.right)]
  }
  if (expression.kind !== 'not') return [expression]
  // A negation of something whole is easier to read with its sign than without.
  const inner = split(expression.of)
  return inner.length > 1 ? inner : [expression]
}

/** A condition split at `&&`, `||` and `!`, each part with its value for one call. */
export const leavesOf = (condition: Condition, sheet: Sheet): readonly Leaf[] =>
  split(condition.expression).map((part) => {
    const found = CLOSURES.bool(part)(sheet)
    const leaf = {
      text: excerpt(condition.text, part.start, part.end),
      facts: shownFacts(part, sheet),
    }
    return typeof found === 'boolean'
      ? { ...leaf, value: found }
      : { ...leaf, value: undefined, broken: explainBroken(found, sheet) }
  })
