import type { Call } from '../core/call.ts'
import type { Cost } from '../core/decision.ts'
import type { Ending } from '../core/seams.ts'

/** What the limits are settled with, and where the numbers come from. */
export type Settlement = {
  readonly cost: Cost
  readonly from: 'reported' | 'estimated'
}

/** Output reserved for one answer of a model. */
export type OutputTokens = {
  /** For a call that sets no cap of its own. */
  readonly byDefault: number
  /** For one without a cap that goes on when nobody waits for it, so that nothing corrects the guess. */
  readonly atMost: number
}

/** What a call is settled with that used nothing: the upstream was not asked, or refused it. */
export const NOTHING_USED: Settlement = {
  cost: { inputTokens: 0, outputTokens: 0, nanoUsd: 0 },
  from: 'estimated',
}

/**
 * What a call is expected to use, before it is forwarded: input from the bytes of the body, output from
 * the caller's own cap times its candidates, else the default of the model. A job that is handed in
 * reserves for every answer it asks for, as far as its body shows them.
 */
export const estimateCost = (call: Call, outputOf: (model: string) => OutputTokens): Cost => {
  const { ask, route } = call
  switch (route.metering) {
    case 'generate':
    case 'submit': {
      const output = outputOf(ask.model ?? '')
      const uncapped = ask.background ? output.atMost : output.byDefault
      // A cap of 0 may still cost a token; reserving nothing would let a burst pass an empty budget.
      const cap = Math.max(1, ask.maxTokens ?? uncapped)
      return {
        inputTokens: ask.inputTokensEstimate,
        outputTokens: cap * ask.candidates,
        nanoUsd: 0,
      }
    }
    case 'embed':
      return { inputTokens: ask.inputTokensEstimate, outputTokens: 0, nanoUsd: 0 }
    case 'request':
      return { inputTokens: 0, outputTokens: 0, nanoUsd: 0 }
  }
}

/**
 * What a forwarded call really used. A complete answer counts as the upstream reported it, an explicit
 * zero included; without a report the reservation stands. An answer that broke off counts as reported,
 * but no less than the bytes that passed tell: a stream reports its output only at its end. A caller
 * that leaves before the first byte still pays its input, which the upstream has begun to read. Work in
 * the background is not over when the answer is: its reservation stands until a report exceeds it. What
 * the upstream itself refused counts as it reported, else as nothing.
 */
export const settlementOf = (
  ending: Ending,
  upstreamStatus: number | undefined,
  reserved: Cost,
  background: boolean,
): Settlement => {
  const { usage } = ending
  if (upstreamStatus !== undefined && upstreamStatus >= 400 && usage === undefined) {
    return NOTHING_USED
  }
  const inputTokens = usage?.inputTokens ?? reserved.inputTokens
  const reported = usage?.outputTokens
  if (background) {
    const outputTokens = Math.max(reserved.outputTokens, reported ?? 0)
    return { cost: { inputTokens, outputTokens, nanoUsd: 0 }, from: 'estimated' }
  }
  if (ending.kind === 'complete') {
    const outputTokens = reported ?? reserved.outputTokens
    return {
      cost: { inputTokens, outputTokens, nanoUsd: 0 },
      from: usage ? 'reported' : 'estimated',
    }
  }
  const passed = ending.estimatedOutputTokens
  return {
    cost: { inputTokens, outputTokens: Math.max(passed, reported ?? 0), nanoUsd: 0 },
    from: reported !== undefined && reported >= passed ? 'reported' : 'estimated',
  }
}
