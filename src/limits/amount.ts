import type { Cost, Counted } from '../core/decision.ts'

const whole = (tokens: number): number | undefined => (tokens >= 0 ? Math.ceil(tokens) : undefined)

/**
 * What a call of some cost takes of a limit, a whole number. `undefined` for a cost that is not a
 * number of at least 0: the caller decides what that means, so that it is never taken for nothing.
 */
export const amountOf = (counted: Counted, cost: Cost): number | undefined => {
  // Comparisons one by one: a table is looked up by name, which takes longer than all the rest here.
  if (counted === 'requests' || counted === 'concurrent') return 1
  if (counted === 'input_tokens') return whole(cost.inputTokens)
  if (counted === 'output_tokens') return whole(cost.outputTokens)
  if (counted === 'usd') return whole(cost.nanoUsd)
  return whole(cost.inputTokens + cost.outputTokens)
}
