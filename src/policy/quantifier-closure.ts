import type { Closures } from './closures.ts'
import type { BoolExpression } from './expression.ts'
import type { Run } from './sheet.ts'

type Quantifier = Extract<BoolExpression, { kind: 'quantifier' }>

/**
 * Closure of a condition over a list. `exists` and `all` take in a broken entry as `||` and `&&` do;
 * `exists_one` has to count every entry, so a broken one breaks it.
 */
export const quantifierClosure = (
  { name, over, cell, body }: Quantifier,
  closures: Closures,
): Run<boolean> => {
  const list = closures.list(over)
  const holds = closures.bool(body)
  if (name === 'exists_one') {
    return (sheet) => {
      const entries = list(sheet)
      if ('kind' in entries) return entries
      let count = 0
      for (const entry of entries) {
        cell.value = entry
        const value = holds(sheet)
        if (typeof value !== 'boolean') return value
        if (value) count++
      }
      return count === 1
    }
  }
  const deciding = name === 'exists'
  return (sheet) => {
    const entries = list(sheet)
    if ('kind' in entries) return entries
    let found: ReturnType<Run<boolean>> = !deciding
    for (const entry of entries) {
      cell.value = entry
      const value = holds(sheet)
      if (value === deciding) return value
      if (value !== !deciding && found === !deciding) found = value
    }
    return found
  }
}
