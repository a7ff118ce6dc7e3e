import { describe, expect, it } from 'vitest'
import { openai } from '../../../src/dialects/openai.ts'
import { asked, complaint, withModel } from '../../support/asked.ts'
import { routeOf } from '../../support/recorded-answers.ts'

describe('what an OpenAI body asks for', () => {
  it('is read from a full chat request', () => {
    const body = {
      model: 'ft:gpt-x:org::id',
      messages: [],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 300,
      n: 2,
      tools: [{}, {}],
      functions: [{}],
      user: 'u-1',
      safety_identifier: 's-1',
      some_new_field: { x: 1 },
    }
    expect(asked(openai, '/v1/chat/completions', body)).toEqual({
      model: 'ft:gpt-x:org::id',
      stream: true,
      maxTokens: 300,
      candidates: 2,
      tools: 3,
      reasoning: false,
      inputTokensEstimate: 100,
      endUser: 's-1',
      background: false,
      wantsUsage: true,
    })
  })

  it('takes null for a field that was left out', () => {
    const body = withModel({
      stream: null,
      n: null,
      max_tokens: null,
      tools: null,
      user: null,
      stream_options: null,
    })
    expect(asked(openai, '/v1/chat/completions', body)).toMatchObject({
      stream: false,
      candidates: 1,
      maxTokens: undefined,
      tools: 0,
      endUser: undefined,
    })
  })

  it.each([
    [{ max_tokens: 5, max_completion_tokens: 500 }, 500],
    [{ max_tokens: 500, max_completion_tokens: 5 }, 500],
    [{ max_output_tokens: 7 }, 7],
  ])('is capped by the largest cap sent: %j', (caps, maxTokens) => {
    expect(asked(openai, '/v1/chat/completions', withModel(caps))).toMatchObject({ maxTokens })
  })

  it.each([
    [{ n: 3, best_of: 5 }, 5],
    [{ n: 2, prompt: ['a', 'b', 'c'] }, 6],
    [{ prompt: [[1, 2], [3]] }, 2],
    [{ prompt: [1, 2, 3] }, 1],
    [{ prompt: 'a', max_tokens: 0 }, 1],
  ])('counts every completion of a legacy request: %j', (body, candidates) => {
    expect(asked(openai, '/v1/completions', withModel(body))).toMatchObject({ candidates })
  })

  it.each([
    [{}, false],
    [{ reasoning: { effort: 'high' } }, false],
    [{ reasoning: { summary: null } }, false],
    [{ reasoning: { summary: 'auto' } }, true],
    [{ reasoning: { generate_summary: 'detailed' } }, true],
    [{ include_reasoning: true }, true],
  ])('asks for reasoning in the open: %j %s', (body, reasoning) => {
    expect(asked(openai, '/v1/responses', withModel(body))).toMatchObject({ reasoning })
  })

  it('may leave the model to a stored prompt only where the API allows it', () => {
    expect(asked(openai, '/v1/responses', { prompt: { id: 'pmpt_1' } }).model).toBe(undefined)
    expect(asked(openai, '/v1/images/generations', { n: 4 })).toMatchObject({ candidates: 4 })
    for (const path of ['/v1/chat/completions', '/v1/completions', '/v1/embeddings']) {
      expect(complaint(openai, path, {})).toBe('model is required')
    }
  })

  it('has an input and an end user in an embedding, and nothing else', () => {
    const body = withModel({ input: 'x', user: 'u', n: 'ignored here' })
    expect(asked(openai, '/v1/embeddings', body)).toMatchObject({
      candidates: 1,
      endUser: 'u',
      inputTokensEstimate: 100,
    })
  })

  it('costs nothing where no tokens are charged, and is not read in an upload', () => {
    expect(asked(openai, '/v1/moderations', withModel({ input: 'x' })).inputTokensEstimate).toBe(0)
    expect(openai.ask(routeOf(openai, '/v1/responses/r/cancel'), undefined, 0).stream).toBe(false)
    const upload = openai.ask(routeOf(openai, '/v1/audio/transcriptions'), undefined, 512_000)
    expect(upload).toMatchObject({ model: undefined, inputTokensEstimate: 1_000 })
  })

  it.each([
    [[], 'the body must be a JSON object'],
    [null, 'the body must be a JSON object'],
    ['x', 'the body must be a JSON object'],
    [{ model: 5 }, 'model must be a non-empty string'],
    [{ model: '' }, 'model must be a non-empty string'],
    [{ model: 'x'.repeat(257) }, 'model must be at most 256 characters long'],
    [{ model: 'm ' }, 'model must not hold control characters, nor begin or end with white space'],
    [
      { model: 'a\nb' },
      'model must not hold control characters, nor begin or end with white space',
    ],
    [
      { model: '\u00a0m' },
      'model must not hold control characters, nor begin or end with white space',
    ],
    [withModel({ stream: 'true' }), 'stream must be true or false'],
    [withModel({ stream: 1 }), 'stream must be true or false'],
    [
      withModel({ max_completion_tokens: 0 }),
      'max_completion_tokens must be a whole number of at least 1',
    ],
    [withModel({ max_tokens: -1 }), 'max_tokens must be a whole number of at least 0'],
    [withModel({ max_tokens: '5' }), 'max_tokens must be a whole number of at least 0'],
    [withModel({ max_tokens: 1.5 }), 'max_tokens must be a whole number of at least 0'],
    [withModel({ max_tokens: Infinity }), 'max_tokens must be a whole number of at least 0'],
    [withModel({ max_tokens: 2 ** 53 }), 'max_tokens must be at most 2147483647'],
    [withModel({ n: 0 }), 'n must be a whole number of at least 1'],
    [withModel({ n: '5' }), 'n must be a whole number of at least 1'],
    [withModel({ tools: {} }), 'tools must be an array'],
    [withModel({ user: 7 }), 'user must be a string'],
    [
      withModel({ user: 'a\u0000' }),
      'user must be at most 1024 characters without control characters',
    ],
    [withModel({ stream: true, stream_options: [] }), 'stream_options must be an object'],
    [
      withModel({ stream: true, stream_options: { include_usage: 'yes' } }),
      'stream_options.include_usage must be true or false',
    ],
    [withModel({ reasoning: 'high' }), 'reasoning must be an object'],
  ])('is refused with a reason: %j', (body, reason) => {
    expect(complaint(openai, '/v1/chat/completions', body)).toBe(reason)
  })
})
