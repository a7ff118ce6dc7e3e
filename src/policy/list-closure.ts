import { FACT_SLOT } from '../core/facts.ts'
import { choose } from './choose.ts'
import type { Closures, Entries } from './closures.ts'
import type { ListExpression, ScalarExpression } from './expression.ts'
import { LIST_TOO_LONG, MAX_LIST, missingAt, type Run } from './sheet.ts'

/** Closure of a single value of any type. */
export const scalarClosure = (
  expression: ScalarExpression,
  closures: Closures,
): Run<boolean | number | string> => {
  switch (expression.type) {
    case 'bool':
      return closures.bool(expression)
    case 'string':
      return closures.text(expression)
    case 'int':
    case 'double':
  }
  return closures.number(expression)
}

/** The values of a list that is written out without facts, `undefined` for any other. */
export const literalEntries = (expression: ListExpression): Entries | undefined => {
  if (expression.kind !== 'list') return undefined
  const values = expression.items.flatMap((item) => (item.kind === 'literal' ? [item.value] : []))
  return values.length === expression.items.length ? values : undefined
}

/** Closure of an expression that is a list. A list with a broken entry is broken as a whole. */
export const listClosure = (expression: ListExpression, closures: Closures): Run<Entries> => {
  switch (expression.kind) {
    case 'list': {
      const values = literalEntries(expression)
      if (values !== undefined) return () => values
      const items = expression.items.map((item) => scalarClosure(item, closures))
      return (sheet) => {
        const found: (boolean | number | string)[] = []
        for (const item of items) {
          const value = item(sheet)
          if (typeof value === 'object') return value
          found.push(value)
        }
        return found
      }
    }
    case 'fact': {
      const slot = FACT_SLOT[expression.fact]
      const missing = missingAt(slot)
      return (sheet) => {
        const value = sheet[slot]
        if (!Array.isArray(value)) return missing
        // Array.isArray widens a readonly array; a slot never holds any other kind of list.
        const entries = value as readonly string[]
        return entries.length > MAX_LIST ? LIST_TOO_LONG : entries
      }
    }
    case 'choice':
  }
  const { test, yes, no } = expression
  return choose(closures.bool(test), closures.list(yes), closures.list(no))
}
