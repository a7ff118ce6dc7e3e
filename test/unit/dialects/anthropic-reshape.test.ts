import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { ALL, only, reshaped } from '../../support/a-reshape.ts'

const MESSAGES = '/v1/messages'
const message = (fields: object, reshape = ALL) =>
  reshaped(anthropic, MESSAGES, { model: 'claude-opus-5', messages: [], ...fields }, reshape)
const thinking = (budget: number) => ({ type: 'enabled', budget_tokens: budget })

describe('a message', () => {
  it('is capped, and told what the API has no field for', () => {
    const { json, changed, unsupported, ask } = message({ max_tokens: 9_000 })
    expect(json).toEqual({ model: 'claude-opus-5', messages: [], max_tokens: 2048 })
    expect(changed).toEqual([{ field: 'max_tokens', from: 9_000, to: 2048 }])
    expect(unsupported).toEqual(['candidates', 'logprobs'])
    expect(ask.maxTokens).toBe(2048)
  })

  it('thinks on and does not show it, enabled or adaptive', () => {
    const hide = only({ hideReasoning: true })
    for (const how of [thinking(2_000), { type: 'adaptive', display: 'summarized' }]) {
      const { json, ask, unsupported } = message({ max_tokens: 9_000, thinking: how }, hide)
      expect(json).toMatchObject({ thinking: { ...how, display: 'omitted' } })
      expect(ask.reasoning).toBe(false)
      expect(unsupported).toEqual([])
    }
  })

  it('that shows no thinking stays as it is', () => {
    const hide = only({ hideReasoning: true })
    const quiet = [undefined, null, { type: 'disabled' }, { type: 'adaptive', display: 'omitted' }]
    for (const how of quiet) {
      expect(message({ max_tokens: 9, thinking: how }, hide)).toMatchObject({
        changed: [],
        unsupported: [],
      })
    }
  })

  it('is told as unsupported where its kind of thinking has no display', () => {
    const { changed, unsupported } = message(
      { max_tokens: 9, thinking: { type: 'between_tools' } },
      only({ hideReasoning: true }),
    )
    expect({ changed, unsupported }).toEqual({ changed: [], unsupported: ['reasoning'] })
  })

  it('shares a lowered cap between thinking and answer', () => {
    const { json } = message(
      { max_tokens: 32_000, thinking: thinking(16_000) },
      only({ maxTokens: 4_096 }),
    )
    expect(json).toMatchObject({ max_tokens: 4_096, thinking: { budget_tokens: 2_048 } })
  })

  it('keeps a budget that still fits', () => {
    const { json } = message(
      { max_tokens: 32_000, thinking: thinking(1_500) },
      only({ maxTokens: 4_096 }),
    )
    expect(json).toMatchObject({ max_tokens: 4_096, thinking: { budget_tokens: 1_500 } })
  })

  it('stays valid whatever the ceiling: a budget of at least 1024 and less than the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_025, max: 200_000 }),
        fc.nat(),
        fc.integer({ min: 16, max: 100_000 }),
        (max, share, ceiling) => {
          const budget = 1_024 + (share % (max - 1_024))
          const before = { max_tokens: max, thinking: thinking(budget) }
          const { json } = message(before, only({ maxTokens: ceiling }))
          const after = json as typeof before
          expect(after.thinking.budget_tokens).toBeGreaterThanOrEqual(1_024)
          expect(after.thinking.budget_tokens).toBeLessThan(after.max_tokens)
          expect(after.max_tokens).toBeLessThanOrEqual(
            Math.min(max, ceiling > 1_024 ? ceiling : 1_024 + ceiling),
          )
        },
      ),
    )
  })

  it('that only warms a cache is not made longer', () => {
    expect(message({ max_tokens: 0 }, only({ maxTokens: 100 })).changed).toEqual([])
  })
})

describe('a batch of messages', () => {
  it('is narrowed request by request, and told once a field', () => {
    const request = (id: string, fields: object) => ({
      custom_id: id,
      params: { model: 'claude-opus-5', messages: [], ...fields },
    })
    const { json, changed } = reshaped(anthropic, '/v1/messages/batches', {
      requests: [
        request('a', { max_tokens: 100 }),
        request('b', { max_tokens: 5_000, thinking: { type: 'adaptive' } }),
        request('c', { max_tokens: 6_000 }),
      ],
    })
    expect(json).toEqual({
      requests: [
        request('a', { max_tokens: 100 }),
        request('b', { max_tokens: 2048, thinking: { display: 'omitted', type: 'adaptive' } }),
        request('c', { max_tokens: 2048 }),
      ],
    })
    expect(changed).toEqual([
      { field: 'requests[].params.max_tokens', from: 5_000, to: 2048 },
      { field: 'requests[].params.thinking.display' },
    ])
  })
})
