import type { Call } from '../core/call.ts'
import type { Cost } from '../core/decision.ts'
import type { Ending } from '../core/seams.ts'

/** What the limits are settled with, and where the numbers come from. */
export type Settlement = {
  readonly cost: Cost
  readonly from: 'reported' | 'estimated'
}

const NOTHING: Settlement = { cost: { inputTokens: 0, outputTokens: 0 }, from: 'reported' }

/**
 * What a call is expected to use, before it is forwarded: input from the bytes of the body, output from
 * the caller's own cap times its candidates, else the default of the model.
 */
export const estimateCost = (call: Call, defaultOutputTokens: (model: string) => number): Cost => {
  const { ask, route } = call
  switch (route.metering) {
    case 'generate': {
      // A cap of 0 may still cost a token; reserving nothing would let a burst pass an empty budget.
      const cap = Math.max(1, ask.maxTokens ?? defaultOutputTokens(ask.model ?? ''))
      return { inputTokens: ask.inputTokensEstimate, outputTokens: cap * ask.candidates }
    }
    case 'submit':
      // A job's body names the largest cap and the number of answers, where it holds the requests itself.
      return {
        inputTokens: ask.inputTokensEstimate,
        outputTokens: (ask.maxTokens ?? 0) * ask.candidates,
      }
    case 'embed':
      return { inputTokens: ask.inputTokensEstimate, outputTokens: 0 }
    case 'request':
      return { inputTokens: 0, outputTokens: 0 }
  }
}

/**
 * What a forwarded call really used. A complete answer counts as the upstream reported it, an explicit
 * zero included; without a report the reservation stands. An answer that broke off counts as reported,
 * but no less than the bytes that passed tell: a stream reports its output only at its end. A caller
 * that leaves before the first byte still pays its input, which the upstream has begun to read. What the
 * upstream itself refused counts as it reported, else as nothing.
 */
export const settlementOf = (
  ending: Ending,
  upstreamStatus: number | undefined,
  reserved: Cost,
): Settlement => {
  const { usage } = ending
  if (upstreamStatus !== undefined && upstreamStatus >= 400 && usage === undefined) return NOTHING
  const inputTokens = usage?.inputTokens ?? reserved.inputTokens
  if (ending.kind === 'complete') {
    const outputTokens = usage?.outputTokens ?? reserved.outputTokens
    return { cost: { inputTokens, outputTokens }, from: usage ? 'reported' : 'estimated' }
  }
  const passed = ending.estimatedOutputTokens
  const reported = usage?.outputTokens ?? 0
  return {
    cost: { inputTokens, outputTokens: Math.max(passed, reported) },
    from: usage !== undefined && reported >= passed ? 'reported' : 'estimated',
  }
}

/** What a call that was admitted but never reached the upstream is settled with. */
export const NOT_SERVED: Settlement = NOTHING
