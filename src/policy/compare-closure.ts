import { FACT_SLOT } from '../core/facts.ts'
import type { Closures, Entries } from './closures.ts'
import type {
  Expression,
  NumberExpression,
  OrderSign,
  ScalarExpression,
  TextExpression,
} from './expression.ts'
import { scalarClosure } from './list-closure.ts'
import { missingAt, type Run } from './sheet.ts'

/** Below this a look through the list costs less than a hash. */
const SMALL_LIST = 6

/** Comparison of a number fact with a written number: what most conditions consist of. */
const orderedFact = (slot: number, sign: OrderSign, bound: number): Run<boolean> => {
  const missing = missingAt(slot)
  // The second comparison tells a false answer from a NaN, for which both are false.
  switch (sign) {
    case '<':
      return (sheet) => {
        const value = sheet[slot]
        if (typeof value !== 'number') return missing
        return value < bound || (value >= bound ? false : missing)
      }
    case '<=':
      return (sheet) => {
        const value = sheet[slot]
        if (typeof value !== 'number') return missing
        return value <= bound || (value > bound ? false : missing)
      }
    case '>':
      return (sheet) => {
        const value = sheet[slot]
        if (typeof value !== 'number') return missing
        return value > bound || (value <= bound ? false : missing)
      }
    case '>=':
  }
  return (sheet) => {
    const value = sheet[slot]
    if (typeof value !== 'number') return missing
    return value >= bound || (value < bound ? false : missing)
  }
}

const ORDER: { readonly [S in OrderSign]: <T extends number | string>(a: T, b: T) => boolean } = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

/** Closure of `<`, `<=`, `>` and `>=` between numbers. */
export const numberOrder = (
  left: NumberExpression,
  sign: OrderSign,
  right: NumberExpression,
  closures: Closures,
): Run<boolean> => {
  if (left.kind === 'fact' && right.kind === 'literal') {
    return orderedFact(FACT_SLOT[left.fact], sign, right.value)
  }
  const first = closures.number(left)
  const second = closures.number(right)
  const ordered = ORDER[sign]
  return (sheet) => {
    const a = first(sheet)
    if (typeof a !== 'number') return a
    const b = second(sheet)
    return typeof b === 'number' ? ordered(a, b) : b
  }
}

/** Closure of `<`, `<=`, `>` and `>=` between texts, by UTF-16 unit. */
export const textOrder = (
  left: TextExpression,
  sign: OrderSign,
  right: TextExpression,
  closures: Closures,
): Run<boolean> => {
  const first = closures.text(left)
  const second = closures.text(right)
  const ordered = ORDER[sign]
  return (sheet) => {
    const a = first(sheet)
    if (typeof a !== 'string') return a
    const b = second(sheet)
    return typeof b === 'string' ? ordered(a, b) : b
  }
}

const same = (a: Entries, b: Entries): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at])

const isList = (expression: Expression): expression is Exclude<Expression, ScalarExpression> =>
  expression.type.startsWith('list')

/** Closure of `==`; `wanted` is false for `!=`. */
export const equality = (
  left: Expression,
  right: Expression,
  wanted: boolean,
  closures: Closures,
): Run<boolean> => {
  if (isList(left) || isList(right)) {
    // The type checker lets lists be compared with lists only.
    if (!isList(left) || !isList(right)) return () => false
    const first = closures.list(left)
    const second = closures.list(right)
    return (sheet) => {
      const a = first(sheet)
      if ('kind' in a) return a
      const b = second(sheet)
      return 'kind' in b ? b : same(a, b) === wanted
    }
  }
  if (left.kind === 'fact' && left.type === 'string' && right.kind === 'literal') {
    const slot = FACT_SLOT[left.fact]
    const missing = missingAt(slot)
    const { value: text } = right
    return (sheet) => {
      const value = sheet[slot]
      return typeof value === 'string' ? (value === text) === wanted : missing
    }
  }
  const first = scalarClosure(left, closures)
  const second = scalarClosure(right, closures)
  return (sheet) => {
    const a = first(sheet)
    if (typeof a === 'object') return a
    const b = second(sheet)
    return typeof b === 'object' ? b : (a === b) === wanted
  }
}

/** Closure of `in` for a list that is written out. */
export const memberOfLiteral = (
  left: ScalarExpression,
  entries: Entries,
  closures: Closures,
): Run<boolean> => {
  const set: ReadonlySet<boolean | number | string> = new Set(entries)
  const holds: (value: boolean | number | string) => boolean =
    entries.length <= SMALL_LIST ? (value) => entries.includes(value) : (value) => set.has(value)
  if (left.kind === 'fact' && left.type === 'string') {
    const slot = FACT_SLOT[left.fact]
    const missing = missingAt(slot)
    return (sheet) => {
      const value = sheet[slot]
      return typeof value === 'string' ? holds(value) : missing
    }
  }
  const of = scalarClosure(left, closures)
  return (sheet) => {
    const value = of(sheet)
    return typeof value === 'object' ? value : holds(value)
  }
}
