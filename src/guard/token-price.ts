import type { Usage } from '../core/call.ts'

/**
 * What one token of each kind costs, in whole millionths of a millionth of a dollar, so that sums of
 * them are exact. Zero is a price; a model whose price is not known has that of the dearest.
 */
export type TokenPrice = {
  readonly input: number
  /** Input read from a prompt cache. */
  readonly cachedInput: number
  readonly output: number
  /** Output spent on reasoning. */
  readonly reasoning: number
}

const PICO_PER_NANO = 1_000

/** Whole billionths of a dollar, rounded up; a hostile cap of tokens stays a number that can be counted. */
const nanoOf = (picoUsd: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.ceil(picoUsd / PICO_PER_NANO))

/**
 * The most that so many tokens can cost, in billionths of a dollar: of which kind they will be is not
 * known before the answer.
 */
export const mostNanoUsd = (price: TokenPrice, inputTokens: number, outputTokens: number): number =>
  nanoOf(
    inputTokens * Math.max(price.input, price.cachedInput) +
      outputTokens * Math.max(price.output, price.reasoning),
  )

/**
 * What tokens cost, in billionths of a dollar. What a report says of cached input and of reasoning is
 * part of the totals in every dialect, and never counts for more than them.
 */
export const nanoUsdOf = (
  price: TokenPrice,
  inputTokens: number,
  outputTokens: number,
  usage: Usage | undefined,
): number => {
  const cached = Math.min(usage?.cachedInputTokens ?? 0, inputTokens)
  const reasoning = Math.min(usage?.reasoningTokens ?? 0, outputTokens)
  return nanoOf(
    (inputTokens - cached) * price.input +
      cached * price.cachedInput +
      (outputTokens - reasoning) * price.output +
      reasoning * price.reasoning,
  )
}
