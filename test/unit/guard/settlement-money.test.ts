import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Route, Usage } from '../../../src/core/call.ts'
import type { Ending } from '../../../src/core/seams.ts'
import {
  estimateCost,
  outlivesAnswer,
  priceOf,
  settlementOf,
} from '../../../src/guard/settlement.ts'
import { aCall } from '../../support/a-call.ts'

/** 2.50, 1.25, 10 and 20 dollars for a million tokens; half of it for batches. */
const PRICE = {
  input: 2_500_000,
  cachedInput: 1_250_000,
  output: 10_000_000,
  reasoning: 20_000_000,
}
const HALF = { input: 1_250_000, cachedInput: 625_000, output: 5_000_000, reasoning: 10_000_000 }
const outputOf = () => ({ byDefault: 1_000, atMost: 30_000, price: PRICE, batchPrice: HALF })

const RESERVED = { inputTokens: 50, outputTokens: 1_000, nanoUsd: 20_125_000 }

const ending = (changes: Partial<Ending> = {}): Ending => ({
  kind: 'complete',
  fault: undefined,
  usage: undefined,
  estimatedOutputTokens: 0,
  bytesOut: 0,
  ...changes,
})

const routeOf = (kind: Route['kind'], metering: Route['metering']): Route => ({
  operation: 'some',
  kind,
  metering,
  body: 'json',
})

const reserved = (changes: Parameters<typeof aCall>[0]): number =>
  estimateCost(aCall(changes), outputOf).nanoUsd

const spent = (usage: Usage | undefined, changes: Partial<Ending> = {}, outlives = false): number =>
  settlementOf(ending({ usage, ...changes }), 200, RESERVED, outlives, PRICE).cost.nanoUsd

describe('money that is reserved', () => {
  it('is input and every candidate, at the dearest that tokens of their kind can be', () => {
    expect(reserved({ ask: { maxTokens: 100, candidates: 3 } })).toBe(8 * 2_500 + 300 * 20_000)
    expect(reserved({})).toBe(8 * 2_500 + 1_000 * 20_000)
  })

  it('is input alone for embeddings, and nothing for what has no tokens', () => {
    expect(reserved({ route: routeOf('embed', 'embed') })).toBe(8 * 2_500)
    expect(reserved({ route: routeOf('list', 'request') })).toBe(0)
    expect(reserved({ route: routeOf('file', 'request') })).toBe(0)
  })

  it('has its own price for batches, and not for other work that is handed in', () => {
    const ask = { maxTokens: 100, candidates: 5 }
    expect(reserved({ route: routeOf('batch', 'submit'), ask })).toBe(8 * 1_250 + 500 * 10_000)
    expect(reserved({ route: routeOf('generate', 'submit'), ask })).toBe(8 * 2_500 + 500 * 20_000)
  })

  it('stays a number that can be counted, however many tokens a caller asks for', () => {
    const ask = { maxTokens: Number.MAX_SAFE_INTEGER, candidates: Number.MAX_SAFE_INTEGER }
    expect(reserved({ ask })).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('is nothing where nothing has a price', () => {
    const none = () => ({ byDefault: 1_000, atMost: 30_000 })
    expect(estimateCost(aCall(), none).nanoUsd).toBe(0)
    expect(priceOf(aCall(), none)).toBeUndefined()
  })
})

describe('money that is settled', () => {
  it.each<[string, Usage, number]>([
    ['input and output', { inputTokens: 100, outputTokens: 10 }, 100 * 2_500 + 10 * 10_000],
    [
      'cached input and reasoning at their own prices',
      { inputTokens: 100, outputTokens: 10, cachedInputTokens: 60, reasoningTokens: 4 },
      40 * 2_500 + 60 * 1_250 + 6 * 10_000 + 4 * 20_000,
    ],
    ['an explicit zero as zero', { inputTokens: 0, outputTokens: 0 }, 0],
    [
      'no more cached input and reasoning than there is input and output',
      { inputTokens: 10, outputTokens: 2, cachedInputTokens: 1e9, reasoningTokens: 1e9 },
      10 * 1_250 + 2 * 20_000,
    ],
    [
      'the reserved part a report leaves out',
      { inputTokens: 4, outputTokens: undefined },
      10_010_000,
    ],
  ])('is %s', (_, usage, nanoUsd) => {
    expect(spent(usage)).toBe(nanoUsd)
  })

  it('is rounded up to whole billionths of a dollar', () => {
    const price = { input: 1, cachedInput: 1, output: 1, reasoning: 1 }
    const usage = { inputTokens: 1_000, outputTokens: 1 }
    expect(settlementOf(ending({ usage }), 200, RESERVED, false, price).cost.nanoUsd).toBe(2)
  })

  it('is what was reserved without a report, and nothing where the upstream refused', () => {
    expect(spent(undefined)).toBe(RESERVED.nanoUsd)
    expect(settlementOf(ending(), 503, RESERVED, false, PRICE).cost.nanoUsd).toBe(0)
  })

  it('is input and the output that passed where the answer broke off', () => {
    const left = { kind: 'client_gone', estimatedOutputTokens: 30 } as const
    expect(spent(undefined, left)).toBe(50 * 2_500 + 30 * 10_000)
    expect(spent({ inputTokens: 40, outputTokens: 70 }, left)).toBe(40 * 2_500 + 70 * 10_000)
  })

  it('is never less than reserved for work that outlives its answer, and more where more is reported', () => {
    const left = { kind: 'client_gone' } as const
    expect(spent(undefined, left, true)).toBe(RESERVED.nanoUsd)
    expect(spent({ inputTokens: 40, outputTokens: 0 }, {}, true)).toBe(RESERVED.nanoUsd)
    const usage = { inputTokens: 50, outputTokens: 9_000 }
    expect(spent(usage, {}, true)).toBe(50 * 2_500 + 9_000 * 10_000)
  })

  it('stays as reserved where the price is not known any more', () => {
    const usage = { inputTokens: 1, outputTokens: 1 }
    expect(settlementOf(ending({ usage }), 200, RESERVED, false).cost).toEqual({
      inputTokens: 1,
      outputTokens: 1,
      nanoUsd: RESERVED.nanoUsd,
    })
  })

  it('never exceeds the reservation of a call that kept to its estimate and its cap', () => {
    const tokens = fc.integer({ min: 0, max: 200_000 })
    const price = fc.record({
      input: fc.nat(1e9),
      cachedInput: fc.nat(1e9),
      output: fc.nat(1e9),
      reasoning: fc.nat(1e9),
    })
    fc.assert(
      fc.property(
        tokens,
        tokens,
        tokens,
        tokens,
        price,
        (input, output, cached, reasoning, all) => {
          const some = () => ({ byDefault: 1, atMost: 1, price: all })
          const ask = { inputTokensEstimate: input, maxTokens: output }
          const cost = estimateCost(aCall({ ask }), some)
          const usage = {
            inputTokens: input,
            outputTokens: output,
            cachedInputTokens: cached,
            reasoningTokens: reasoning,
          }
          const settled = settlementOf(ending({ usage }), 200, cost, false, all).cost
          expect(Number.isSafeInteger(settled.nanoUsd)).toBe(true)
          expect(settled.nanoUsd).toBeLessThanOrEqual(cost.nanoUsd)
        },
      ),
    )
  })
})

describe('work that outlives its answer', () => {
  it('is what runs in the background and every job that is handed in', () => {
    expect(outlivesAnswer(aCall({ ask: { background: true } }))).toBe(true)
    expect(outlivesAnswer(aCall({ route: routeOf('batch', 'submit') }))).toBe(true)
    expect(outlivesAnswer(aCall())).toBe(false)
  })
})
