import type { Cost, Counted } from '../core/decision.ts'

const whole = (tokens: number): number | undefined => (tokens >= 0 ? Math.ceil(tokens) : undefined)

const AMOUNTS = {
  requests: () => 1,
  concurrent: () => 1,
  input_tokens: (cost) => whole(cost.inputTokens),
  output_tokens: (cost) => whole(cost.outputTokens),
  tokens: (cost) => whole(cost.inputTokens + cost.outputTokens),
} satisfies Record<Counted, (cost: Cost) => number | undefined>

/**
 * What a call of some cost takes of a limit, a whole number. `undefined` for a cost that is not a
 * number of at least 0: the caller decides what that means, so that it is never taken for nothing.
 */
export const amountOf = (counted: Counted, cost: Cost): number | undefined => AMOUNTS[counted](cost)
