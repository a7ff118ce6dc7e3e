import { FACT_SLOT, Unknown } from '../core/facts.ts'
import { choose } from './choose.ts'
import type { Closures } from './closures.ts'
import { equality, memberOfLiteral, numberOrder, textOrder } from './compare-closure.ts'
import type {
  BoolExpression,
  ListExpression,
  ScalarExpression,
  StringTest,
  TextExpression,
} from './expression.ts'
import { literalEntries, scalarClosure } from './list-closure.ts'
import { logicClosure } from './logic-closure.ts'
import { quantifierClosure } from './quantifier-closure.ts'
import { missingAt, WRONG_ITEM, type Run } from './sheet.ts'

const TESTS: { readonly [T in StringTest]: (text: string, part: string) => boolean } = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
}

const textTest = (
  left: TextExpression,
  name: StringTest,
  right: TextExpression,
  closures: Closures,
): Run<boolean> => {
  const test = TESTS[name]
  const of = closures.text(left)
  if (right.kind === 'literal') {
    const part = right.value
    return (sheet) => {
      const text = of(sheet)
      return typeof text === 'string' ? test(text, part) : text
    }
  }
  const partOf = closures.text(right)
  return (sheet) => {
    const text = of(sheet)
    if (typeof text !== 'string') return text
    const part = partOf(sheet)
    return typeof part === 'string' ? test(text, part) : part
  }
}

const membership = (
  left: ScalarExpression,
  right: ListExpression,
  closures: Closures,
): Run<boolean> => {
  const entries = literalEntries(right)
  if (entries !== undefined) return memberOfLiteral(left, entries, closures)
  const of = scalarClosure(left, closures)
  const list = closures.list(right)
  return (sheet) => {
    const value = of(sheet)
    if (typeof value === 'object') return value
    const found = list(sheet)
    return 'kind' in found ? found : found.some((entry) => entry === value)
  }
}

/** Closure of an expression that is true or false. */
export const boolClosure = (expression: BoolExpression, closures: Closures): Run<boolean> => {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression
      return () => value
    }
    case 'fact': {
      const slot = FACT_SLOT[expression.fact]
      const missing = missingAt(slot)
      return (sheet) => {
        const value = sheet[slot]
        return typeof value === 'boolean' ? value : missing
      }
    }
    case 'item': {
      const { cell } = expression
      return () => (typeof cell.value === 'boolean' ? cell.value : WRONG_ITEM)
    }
    case 'has': {
      const slot = FACT_SLOT[expression.fact]
      return (sheet) => !(sheet[slot] instanceof Unknown)
    }
    case 'not': {
      const of = closures.bool(expression.of)
      return (sheet) => {
        const value = of(sheet)
        return typeof value === 'boolean' ? !value : value
      }
    }
    case 'and':
    case 'or':
      return logicClosure(expression, closures)
    case 'equal':
      return equality(expression.left, expression.right, true, closures)
    case 'unequal':
      return equality(expression.left, expression.right, false, closures)
    case 'number-order':
      return numberOrder(expression.left, expression.name, expression.right, closures)
    case 'text-order':
      return textOrder(expression.left, expression.name, expression.right, closures)
    case 'in':
      return membership(expression.left, expression.right, closures)
    case 'test':
      return textTest(expression.left, expression.name, expression.right, closures)
    case 'matches': {
      const of = closures.text(expression.of)
      const { pattern } = expression
      return (sheet) => {
        const text = of(sheet)
        return typeof text === 'string' ? pattern.test(text) : text
      }
    }
    case 'quantifier':
      return quantifierClosure(expression, closures)
    case 'choice':
  }
  const { test, yes, no } = expression
  return choose(closures.bool(test), closures.bool(yes), closures.bool(no))
}
