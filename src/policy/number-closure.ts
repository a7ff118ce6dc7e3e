import { FACT_SLOT } from '../core/facts.ts'
import { choose } from './choose.ts'
import type { Closures } from './closures.ts'
import type {
  ArithmeticSign,
  ListExpression,
  NumberExpression,
  NumberType,
  TextExpression,
} from './expression.ts'
import {
  DIVIDED_BY_ZERO,
  missingAt,
  OUT_OF_RANGE,
  WRONG_ITEM,
  type Broken,
  type Run,
} from './sheet.ts'

/** A whole number as long as doubles hold it exactly. Adding 0 takes the sign from a zero. */
const whole = (value: number): number | Broken =>
  Number.isSafeInteger(value) ? value + 0 : OUT_OF_RANGE

type Calculation = (left: number, right: number) => number | Broken

const INTS: { readonly [S in ArithmeticSign]: Calculation } = {
  '+': (left, right) => whole(left + right),
  '-': (left, right) => whole(left - right),
  '*': (left, right) => whole(left * right),
  '/': (left, right) => (right === 0 ? DIVIDED_BY_ZERO : whole(Math.trunc(left / right))),
  '%': (left, right) => (right === 0 ? DIVIDED_BY_ZERO : whole(left % right)),
}

const DOUBLES: { readonly [S in ArithmeticSign]: Calculation } = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  // The type checker knows `%` for whole numbers only.
  '%': () => OUT_OF_RANGE,
}

const both = (left: Run<number>, right: Run<number>, of: Calculation): Run<number> => {
  return (sheet) => {
    const a = left(sheet)
    if (typeof a !== 'number') return a
    const b = right(sheet)
    return typeof b === 'number' ? of(a, b) : b
  }
}

const mapped = (of: Run<number>, to: (value: number) => number | Broken): Run<number> => {
  return (sheet) => {
    const value = of(sheet)
    return typeof value === 'number' ? to(value) : value
  }
}

/** Characters of a text by Unicode code point, as CEL counts them. */
const codePoints = (text: string): number => {
  let pairs = 0
  for (let at = 0; at < text.length - 1; at++) {
    const high = text.charCodeAt(at)
    if (high < 0xd800 || high > 0xdbff) continue
    const low = text.charCodeAt(at + 1)
    if (low >= 0xdc00 && low <= 0xdfff) {
      pairs++
      at++
    }
  }
  return text.length - pairs
}

const size = (of: TextExpression | ListExpression, closures: Closures): Run<number> => {
  if (of.type === 'string') {
    const text = closures.text(of)
    return (sheet) => {
      const value = text(sheet)
      return typeof value === 'string' ? codePoints(value) : value
    }
  }
  const list = closures.list(of)
  return (sheet) => {
    const value = list(sheet)
    return 'kind' in value ? value : value.length
  }
}

const negated = (type: NumberType): ((value: number) => number | Broken) =>
  type === 'int' ? (value) => whole(-value) : (value) => -value

/** Closure of an expression that is a number. A fact that is NaN counts as missing. */
export const numberClosure = (expression: NumberExpression, closures: Closures): Run<number> => {
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
        return typeof value === 'number' && !Number.isNaN(value) ? value : missing
      }
    }
    case 'item': {
      const { cell } = expression
      return () => (typeof cell.value === 'number' ? cell.value : WRONG_ITEM)
    }
    case 'negative':
      return mapped(closures.number(expression.of), negated(expression.type))
    case 'convert': {
      const of = closures.number(expression.of)
      return expression.type === 'int' ? mapped(of, (value) => whole(Math.trunc(value))) : of
    }
    case 'size':
      return size(expression.of, closures)
    case 'arithmetic': {
      const calculations = expression.type === 'int' ? INTS : DOUBLES
      const { left, right, name } = expression
      return both(closures.number(left), closures.number(right), calculations[name])
    }
    case 'pick': {
      const pick = expression.name === 'min' ? Math.min : Math.max
      return both(closures.number(expression.left), closures.number(expression.right), pick)
    }
    case 'choice':
  }
  const { test, yes, no } = expression
  return choose(closures.bool(test), closures.number(yes), closures.number(no))
}
