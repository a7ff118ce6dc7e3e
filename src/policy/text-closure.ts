import { FACT_SLOT } from '../core/facts.ts'
import { choose } from './choose.ts'
import type { Closures } from './closures.ts'
import type { LetterCase, TextExpression } from './expression.ts'
import { missingAt, WRONG_ITEM, type Run } from './sheet.ts'

// CEL changes the case of ASCII letters only: other letters have no one-to-one case.
const CASE: { readonly [C in LetterCase]: (text: string) => string } = {
  lowerAscii: (text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
  upperAscii: (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()),
}

/** Closure of an expression that is a text. */
export const textClosure = (expression: TextExpression, closures: Closures): Run<string> => {
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
        return typeof value === 'string' ? value : missing
      }
    }
    case 'item': {
      const { cell } = expression
      return () => (typeof cell.value === 'string' ? cell.value : WRONG_ITEM)
    }
    case 'join': {
      const left = closures.text(expression.left)
      const right = closures.text(expression.right)
      return (sheet) => {
        const a = left(sheet)
        if (typeof a !== 'string') return a
        const b = right(sheet)
        return typeof b === 'string' ? a + b : b
      }
    }
    case 'letters': {
      const of = closures.text(expression.of)
      const change = CASE[expression.name]
      return (sheet) => {
        const value = of(sheet)
        return typeof value === 'string' ? change(value) : value
      }
    }
    case 'choice':
  }
  const { test, yes, no } = expression
  return choose(closures.bool(test), closures.text(yes), closures.text(no))
}
