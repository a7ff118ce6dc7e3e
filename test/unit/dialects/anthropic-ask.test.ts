import { describe, expect, it } from 'vitest'
import { anthropic } from '../../../src/dialects/anthropic.ts'
import { asked, complaint, withModel } from '../../support/asked.ts'

describe('what an Anthropic body asks for', () => {
  it('is read from a full message', () => {
    const body = {
      model: 'claude-x',
      max_tokens: 1024,
      stream: true,
      tools: [{}],
      thinking: { type: 'enabled', budget_tokens: 1024 },
      metadata: { user_id: 'u-1' },
    }
    expect(asked(anthropic, '/v1/messages', body)).toEqual({
      model: 'claude-x',
      stream: true,
      maxTokens: 1024,
      candidates: 1,
      tools: 1,
      reasoning: true,
      inputTokensEstimate: 100,
      endUser: 'u-1',
      background: false,
      wantsUsage: true,
    })
  })

  it.each([
    [{ type: 'disabled' }, false],
    [{ type: 'between_tools' }, false],
    [{ type: 'adaptive' }, true],
    [{ type: 'adaptive', display: 'summarized' }, true],
    [{ type: 'enabled', display: 'omitted' }, false],
  ])('shows thinking or not: %j %s', (thinking, reasoning) => {
    expect(asked(anthropic, '/v1/messages', withModel({ thinking }))).toMatchObject({ reasoning })
  })

  it('takes a cap of zero, which warms the cache, and the name of the legacy endpoint', () => {
    expect(asked(anthropic, '/v1/messages', withModel({ max_tokens: 0 })).maxTokens).toBe(0)
    expect(asked(anthropic, '/v1/complete', withModel({ max_tokens_to_sample: 9 })).maxTokens).toBe(
      9,
    )
  })

  it('counts the requests of a batch', () => {
    const requests = [
      { params: withModel({ max_tokens: 10 }) },
      { params: withModel({ max_tokens: 90, tools: [{}] }) },
    ]
    expect(asked(anthropic, '/v1/messages/batches', { requests })).toMatchObject({
      model: 'm',
      maxTokens: 90,
      candidates: 2,
      tools: 1,
      inputTokensEstimate: 100,
    })
    expect(asked(anthropic, '/v1/messages/batches', {})).toMatchObject({
      model: undefined,
      candidates: 1,
    })
  })

  it('does not let a model hide in a batch behind another', () => {
    const requests = [{ params: withModel({}) }, { params: { model: 'frontier' } }]
    expect(complaint(anthropic, '/v1/messages/batches', { requests })).toMatch(
      /must name the same model/,
    )
  })

  it('finds the model of an agent in either form', () => {
    expect(asked(anthropic, '/v1/agents', { model: 'a' }).model).toBe('a')
    expect(asked(anthropic, '/v1/agents', { model: { id: 'b', speed: 'fast' } }).model).toBe('b')
  })

  it.each([
    [{ max_tokens: 5 }, 'model is required'],
    [withModel({ max_tokens: -1 }), 'max_tokens must be a whole number of at least 0'],
    [withModel({ metadata: { user_id: 5 } }), 'metadata.user_id must be a string'],
    [withModel({ metadata: 'x' }), 'metadata must be an object'],
    [withModel({ thinking: true }), 'thinking must be an object'],
  ])('is refused with a reason: %j', (body, reason) => {
    expect(complaint(anthropic, '/v1/messages', body)).toBe(reason)
  })

  it.each([
    [{ requests: {} }, 'requests must be an array'],
    [{ requests: [5] }, 'requests[] must be a JSON object'],
    [{ requests: [{}] }, 'requests[].params must be a JSON object'],
  ])('is refused as a batch with a reason: %j', (body, reason) => {
    expect(complaint(anthropic, '/v1/messages/batches', body)).toBe(reason)
  })
})
