import type { FactName } from '../core/facts.ts'
import { partsOf, type BoolExpression, type Expression } from './expression.ts'
import { operandsOf } from './logic-closure.ts'

type Names = ReadonlySet<FactName>

const NONE: Names = new Set()

const union = (sets: readonly Names[]): Names => new Set(sets.flatMap((set) => [...set]))

const common = (sets: readonly Names[]): Names => {
  const [first = NONE, ...rest] = sets
  return new Set([...first].filter((name) => rest.every((set) => set.has(name))))
}

/** Facts that `has()` shows to be known where an expression is `outcome`. */
const shown = (expression: BoolExpression, outcome: boolean): Names => {
  switch (expression.kind) {
    case 'has':
      return outcome ? new Set([expression.fact]) : NONE
    case 'not':
      return shown(expression.of, !outcome)
    case 'and':
    case 'or': {
      const parts = operandsOf(expression).map((part) => shown(part, outcome))
      return (expression.kind === 'and') === outcome ? union(parts) : common(parts)
    }
    case 'literal':
    case 'fact':
    case 'item':
    case 'choice':
    case 'equal':
    case 'unequal':
    case 'in':
    case 'number-order':
    case 'text-order':
    case 'test':
    case 'matches':
    case 'quantifier':
  }
  return NONE
}

const collect = (expression: Expression, known: Names, found: Set<FactName>): void => {
  switch (expression.kind) {
    case 'fact':
      if (!known.has(expression.fact)) found.add(expression.fact)
      return
    case 'and':
    case 'or': {
      // A has() anywhere in a chain guards the whole chain: where it fails, it alone decides the chain.
      const parts = operandsOf(expression)
      const here = parts.map((part) => shown(part, expression.kind === 'and'))
      for (const part of parts) collect(part, union([known, ...here]), found)
      return
    }
    case 'choice': {
      collect(expression.test, known, found)
      collect(expression.yes, union([known, shown(expression.test, true)]), found)
      collect(expression.no, union([known, shown(expression.test, false)]), found)
      return
    }
    case 'has':
    case 'literal':
    case 'item':
    case 'not':
    case 'equal':
    case 'unequal':
    case 'in':
    case 'number-order':
    case 'text-order':
    case 'test':
    case 'matches':
    case 'quantifier':
    case 'negative':
    case 'convert':
    case 'size':
    case 'arithmetic':
    case 'pick':
    case 'join':
    case 'letters':
    case 'list':
  }
  for (const part of partsOf(expression)) collect(part, known, found)
}

/** Facts an expression reads without having asked `has()` first: those that can leave it without a value. */
export const unguardedFacts = (expression: Expression): readonly FactName[] => {
  const found = new Set<FactName>()
  collect(expression, NONE, found)
  return [...found]
}
