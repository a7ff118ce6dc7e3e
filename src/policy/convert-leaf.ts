import type { ASTNode } from '@marcbachmann/cel-js'
import type { Cell, Expression, ScalarExpression, ScalarType } from './expression.ts'
import { dottedName } from './survey.ts'
import { isFact, typeOfFact } from './vocabulary.ts'

/** The entry of a list a quantifier looks at, as its body names it. */
export type Item = { readonly name: string; readonly type: ScalarType; readonly cell: Cell }

/** A value that is written out. */
export const convertLiteral = (node: ASTNode & { op: 'value' }): ScalarExpression => {
  const span = { kind: 'literal', start: node.start, end: node.end } as const
  const value = node.args
  if (typeof value === 'bigint') return { ...span, type: 'int', value: Number(value) }
  if (typeof value === 'number') return { ...span, type: 'double', value }
  if (typeof value === 'string') return { ...span, type: 'string', value }
  return { ...span, type: 'bool', value: value === true }
}

/** An entry of a list. */
export const convertItem = (
  { type, cell }: Item,
  span: { start: number; end: number },
): Expression => {
  const node = { kind: 'item', cell, ...span } as const
  if (type === 'bool') return { ...node, type }
  if (type === 'string') return { ...node, type }
  return { ...node, type }
}

/** A fact; `undefined` for any other field. */
export const convertFact = (node: ASTNode & { op: '.' }): Expression | undefined => {
  const fact = dottedName(node)
  if (fact === undefined || !isFact(fact)) return undefined
  const span = { kind: 'fact', fact, start: node.start, end: node.end } as const
  const type = typeOfFact(fact)
  if (type === 'bool') return { ...span, type }
  if (type === 'string') return { ...span, type }
  if (type === 'double') return { ...span, type }
  return { ...span, type }
}
