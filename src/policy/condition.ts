import type { FactName } from '../core/facts.ts'
import { impossibleValues, type ClosedValues } from './closed-values.ts'
import { CLOSURES } from './closures.ts'
import type { Complaint } from './complaint.ts'
import { costOf, MAX_COST } from './cost.ts'
import {
  nodesOf,
  type BoolExpression,
  type Expression,
  type NumberExpression,
} from './expression.ts'
import { unguardedFacts } from './guards.ts'
import { readExpression } from './read-expression.ts'
import type { Run } from './sheet.ts'

/** A compiled expression with its text and what it reads. */
type Compiled<E extends Expression, T> = {
  readonly text: string
  readonly expression: E
  readonly run: Run<T>
  readonly reads: readonly FactName[]
  /** Those of `reads` that no `has()` guards. */
  readonly unguarded: readonly FactName[]
}

/** A compiled `when`. */
export type Condition = Compiled<BoolExpression, boolean> & {
  /** Set where it reads no fact and so is the same for every call. */
  readonly constant: boolean | undefined
}

/** A compiled expression that is a number, such as a `scale`. */
export type Scale = Compiled<NumberExpression, number> & {
  /** Set where it reads no fact; not a finite number where it can never be computed. */
  readonly constant: number | undefined
}

/** What may be read at a place of a policy, and what the values there can be. */
export type ExpressionScope = {
  /** Why a fact cannot be read here; `undefined` where it can. */
  readonly forbids: (fact: FactName) => { what: string; instead: string } | undefined
  readonly closed: ClosedValues
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaints: readonly Complaint[] }

const read = (text: string, scope: ExpressionScope): Outcome<Expression> => {
  const found = readExpression(text)
  if (!found.ok) return found
  const { expression } = found
  const complaints = impossibleValues(expression, scope.closed)
  for (const node of nodesOf(expression)) {
    if (node.kind !== 'fact' && node.kind !== 'has') continue
    const forbidden = scope.forbids(node.fact)
    if (forbidden !== undefined) complaints.push({ start: node.start, ...forbidden })
  }
  const cost = costOf(expression)
  if (cost > MAX_COST) {
    complaints.push({
      start: expression.start,
      what: `the expression costs ${cost}, and ${MAX_COST} is the most`,
      instead: 'split it into several rules, or write shorter patterns and lists',
    })
  }
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, value: expression }
}

const readsOf = (expression: Expression): readonly FactName[] => [
  ...new Set(
    nodesOf(expression).flatMap((node) =>
      node.kind === 'fact' || node.kind === 'has' ? [node.fact] : [],
    ),
  ),
]

const wrongType = (expression: Expression, what: string, instead: string): Outcome<never> => ({
  ok: false,
  complaints: [{ start: expression.start, what, instead }],
})

/** Compiles a `when`: a CEL expression that is true or false. */
export const compileCondition = (text: string, scope: ExpressionScope): Outcome<Condition> => {
  const found = read(text, scope)
  if (!found.ok) return found
  const expression = found.value
  if (expression.type !== 'bool') {
    return wrongType(
      expression,
      `a condition must be true or false, this is a ${expression.type}`,
      'write a comparison, such as account.age_days < 7.0',
    )
  }
  const run = CLOSURES.bool(expression)
  const reads = readsOf(expression)
  const alone = reads.length === 0 ? run([]) : undefined
  return {
    ok: true,
    value: {
      text,
      expression,
      run,
      reads,
      unguarded: unguardedFacts(expression),
      constant: typeof alone === 'boolean' ? alone : undefined,
    },
  }
}

/** Compiles a CEL expression that is a number; `noun` names it in complaints, such as `a scale`. */
export const compileNumber = (
  text: string,
  noun: string,
  scope: ExpressionScope,
): Outcome<Scale> => {
  const found = read(text, scope)
  if (!found.ok) return found
  const expression = found.value
  if (expression.type !== 'int' && expression.type !== 'double') {
    return wrongType(
      expression,
      `${noun} must be a number, this is a ${expression.type}`,
      'write a number, such as trust.factor',
    )
  }
  const run = CLOSURES.number(expression)
  const reads = readsOf(expression)
  const alone = reads.length === 0 ? run([]) : undefined
  return {
    ok: true,
    value: {
      text,
      expression,
      run,
      reads,
      unguarded: unguardedFacts(expression),
      constant: typeof alone === 'object' ? Number.NaN : alone,
    },
  }
}

/** Compiles a `scale`: a CEL expression that is a number. */
export const compileScale = (text: string, scope: ExpressionScope): Outcome<Scale> =>
  compileNumber(text, 'a scale', scope)
