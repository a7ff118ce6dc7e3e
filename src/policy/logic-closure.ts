import type { Closures } from './closures.ts'
import type { BoolExpression } from './expression.ts'
import type { Run } from './sheet.ts'

type Logic = Extract<BoolExpression, { kind: 'and' | 'or' }>

/** The operands of a chain of the same sign: `a && b && c` has three. */
export const operandsOf = (expression: Logic): readonly BoolExpression[] =>
  [expression.left, expression.right].flatMap((side) =>
    side.kind === expression.kind ? operandsOf(side) : [side],
  )

/**
 * Closure of a chain of `&&` or `||`. One value decides the chain whatever the others are, so it is looked
 * for behind a broken operand as well; without it, a broken operand makes the chain broken.
 */
export const logicClosure = (expression: Logic, closures: Closures): Run<boolean> => {
  const deciding = expression.kind === 'or'
  const [first, second, third, ...more] = operandsOf(expression).map(closures.bool)
  if (first === undefined || second === undefined) return () => !deciding
  if (third === undefined) {
    return (sheet) => {
      const a = first(sheet)
      if (a === deciding) return a
      const b = second(sheet)
      return b === deciding || a === !deciding ? b : a
    }
  }
  if (more.length === 0) {
    return (sheet) => {
      const a = first(sheet)
      if (a === deciding) return a
      const b = second(sheet)
      if (b === deciding) return b
      const c = third(sheet)
      if (c === deciding || (a === !deciding && b === !deciding)) return c
      return a === !deciding ? b : a
    }
  }
  const all = [first, second, third, ...more]
  return (sheet) => {
    let found: ReturnType<Run<boolean>> = !deciding
    for (const operand of all) {
      const value = operand(sheet)
      if (value === deciding) return value
      if (value !== !deciding && found === !deciding) found = value
    }
    return found
  }
}
