import { partsOf, type Expression } from './expression.ts'

/** Most one condition may cost. A unit is about 10 ns, so this is about 10 µs. */
export const MAX_COST = 1_000

/** What a list fact is taken to hold; the reasons of a call and the axes of a campaign are fewer. */
const ENTRIES_OF_A_FACT = 20

const entriesOf = (expression: Expression): number =>
  expression.kind === 'list' ? expression.items.length : ENTRIES_OF_A_FACT

/**
 * What a condition costs at most, in units of about 10 ns, worked out from its form alone. A macro costs
 * its body times the entries, a pattern its RE2 instructions, a written list nothing for each entry
 * because it is hashed when compiled.
 */
export const costOf = (expression: Expression): number => {
  const parts = partsOf(expression).reduce((sum, part) => sum + costOf(part), 0)
  switch (expression.kind) {
    case 'literal':
      return 0
    case 'quantifier':
      return 1 + costOf(expression.over) + entriesOf(expression.over) * costOf(expression.body)
    case 'matches':
      return 10 + Math.ceil(expression.pattern.programSize() / 4) + parts
    case 'in':
      return parts + (expression.right.kind === 'fact' ? ENTRIES_OF_A_FACT : 2)
    case 'test':
    case 'letters':
    case 'join':
      return 4 + parts
    case 'fact':
    case 'item':
    case 'choice':
    case 'has':
    case 'not':
    case 'and':
    case 'or':
    case 'equal':
    case 'unequal':
    case 'number-order':
    case 'text-order':
    case 'negative':
    case 'convert':
    case 'size':
    case 'arithmetic':
    case 'pick':
    case 'list':
  }
  return 1 + parts
}
