import { boolClosure } from './bool-closure.ts'
import type {
  BoolExpression,
  ListExpression,
  NumberExpression,
  TextExpression,
} from './expression.ts'
import { listClosure } from './list-closure.ts'
import { numberClosure } from './number-closure.ts'
import type { Run } from './sheet.ts'
import { textClosure } from './text-closure.ts'

/** Entries of a list while a condition runs. */
export type Entries = readonly (boolean | number | string)[]

/** Compilers of each type of expression; each kind of closure calls the others through this. */
export type Closures = {
  readonly bool: (expression: BoolExpression) => Run<boolean>
  readonly number: (expression: NumberExpression) => Run<number>
  readonly text: (expression: TextExpression) => Run<string>
  readonly list: (expression: ListExpression) => Run<Entries>
}

/**
 * Compiles checked expressions to closures over the slots of a facts sheet. A missing fact is a `Broken`
 * that travels up, as an error does in CEL: `||` with true on the other side is true, `&&` with false is
 * false, everything else is broken. Closures never throw and keep no state between runs.
 */
export const CLOSURES: Closures = {
  bool: (expression) => boolClosure(expression, CLOSURES),
  number: (expression) => numberClosure(expression, CLOSURES),
  text: (expression) => textClosure(expression, CLOSURES),
  list: (expression) => listClosure(expression, CLOSURES),
}
