import type { Call } from '../core/call.ts'
import type { Cost } from '../core/decision.ts'
import type { Ending } from '../core/seams.ts'
import { mostNanoUsd, nanoUsdOf, type TokenPrice } from './token-price.ts'

/** What the limits are settled with, and where the numbers come from. */
export type Settlement = {
  readonly cost: Cost
  readonly from: 'reported' | 'estimated'
}

/** Output reserved for one answer of a model, and what its tokens cost. */
export type ModelTerms = {
  /** For a call that sets no cap of its own. */
  readonly byDefault: number
  /** For one without a cap that goes on when nobody waits for it, so that nothing corrects the guess. */
  readonly atMost: number
  /** `undefined` where nothing has a price: money is then not counted. */
  readonly price?: TokenPrice | undefined
  /** The price of a job of many requests that is handed in. */
  readonly batchPrice?: TokenPrice | undefined
}

/** What a call is settled with that used nothing: the upstream was not asked, or refused it. */
export const NOTHING_USED: Settlement = {
  cost: { inputTokens: 0, outputTokens: 0, nanoUsd: 0 },
  from: 'estimated',
}

/** The price of a call's tokens, `undefined` where nothing has a price. */
export const priceOf = (
  { ask, route }: Call,
  termsOf: (model: string) => ModelTerms,
): TokenPrice | undefined => {
  const { price, batchPrice } = termsOf(ask.model ?? '')
  return route.kind === 'batch' ? batchPrice : price
}

/** Whether the upstream goes on with a call when its answer is over: nothing then tells what it used. */
export const outlivesAnswer = ({ ask, route }: Call): boolean =>
  ask.background || route.metering === 'submit'

const estimated = (
  price: TokenPrice | undefined,
  inputTokens: number,
  outputTokens: number,
): Cost => ({
  inputTokens,
  outputTokens,
  nanoUsd: price === undefined ? 0 : mostNanoUsd(price, inputTokens, outputTokens),
})

/**
 * What a call is expected to use, before it is forwarded: input from the bytes of the body, output from
 * the caller's own cap times its candidates, else the default of the model. A job that is handed in
 * reserves for every answer it asks for, as far as its body shows them.
 */
export const estimateCost = (call: Call, termsOf: (model: string) => ModelTerms): Cost => {
  const { ask, route } = call
  switch (route.metering) {
    case 'generate':
    case 'submit': {
      const terms = termsOf(ask.model ?? '')
      const uncapped = ask.background ? terms.atMost : terms.byDefault
      // A cap of 0 may still cost a token; reserving nothing would let a burst pass an empty budget.
      const cap = Math.max(1, ask.maxTokens ?? uncapped)
      const price = route.kind === 'batch' ? terms.batchPrice : terms.price
      return estimated(price, ask.inputTokensEstimate, cap * ask.candidates)
    }
    case 'embed':
      return estimated(priceOf(call, termsOf), ask.inputTokensEstimate, 0)
    case 'request':
      return NOTHING_USED.cost
  }
}

/**
 * What a forwarded call really used. A complete answer counts as the upstream reported it, an explicit
 * zero included; without a report the reservation stands. An answer that broke off counts as reported,
 * but no less than the bytes that passed tell: a stream reports its output only at its end. A caller
 * that leaves before the first byte still pays its input, which the upstream has begun to read. Work
 * that outlives its answer is not over then: its reservation stands until a report exceeds it. What
 * the upstream itself refused counts as it reported, else as nothing. Money follows the tokens by
 * `price`; without one the money that was reserved stands, since unknown is never free.
 */
export const settlementOf = (
  ending: Ending,
  upstreamStatus: number | undefined,
  reserved: Cost,
  outlives: boolean,
  price?: TokenPrice,
): Settlement => {
  const { usage } = ending
  if (upstreamStatus !== undefined && upstreamStatus >= 400 && usage === undefined) {
    return NOTHING_USED
  }
  const inputTokens = usage?.inputTokens ?? reserved.inputTokens
  const reported = usage?.outputTokens
  const complete = ending.kind === 'complete'
  const outputTokens = outlives
    ? Math.max(reserved.outputTokens, reported ?? 0)
    : complete
      ? (reported ?? reserved.outputTokens)
      : Math.max(ending.estimatedOutputTokens, reported ?? 0)
  const exact = complete ? usage !== undefined : reported === outputTokens
  return {
    cost: {
      inputTokens,
      outputTokens,
      nanoUsd: moneyOf(price, ending, reserved, inputTokens, outputTokens, outlives),
    },
    from: exact && !outlives ? 'reported' : 'estimated',
  }
}

const moneyOf = (
  price: TokenPrice | undefined,
  { kind, usage }: Ending,
  reserved: Cost,
  inputTokens: number,
  outputTokens: number,
  outlives: boolean,
): number => {
  if (price === undefined || (usage === undefined && kind === 'complete')) return reserved.nanoUsd
  const used = nanoUsdOf(price, inputTokens, outputTokens, usage)
  return outlives ? Math.max(reserved.nanoUsd, used) : used
}
