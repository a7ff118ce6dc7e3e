import { describe, expect, it } from 'vitest'
import type { ReasoningSwitch } from '../../../src/core/reshape.ts'
import { openai } from '../../../src/dialects/openai.ts'
import { ALL, only, reshaped, routeOf } from '../../support/a-reshape.ts'

const CHAT = '/v1/chat/completions'
const RESPONSES = '/v1/responses'
const chat = (fields: object, reshape = ALL) =>
  reshaped(openai, CHAT, { model: 'gpt-5.2', messages: [], ...fields }, reshape)
const respond = (fields: object, reshape = ALL) =>
  reshaped(openai, RESPONSES, { model: 'gpt-5.2', input: 'hi', ...fields }, reshape)

describe('a chat completion', () => {
  it('is capped where it has no cap, in the field its model takes', () => {
    const fieldFor = (model: string): unknown => chat({ model }, only({ maxTokens: 100 })).json
    for (const model of ['gpt-5.2', 'gpt-4o', 'o3', 'openai/o4-mini', 'ft:gpt-4o:org::id']) {
      expect(fieldFor(model)).toEqual({ model, messages: [], max_completion_tokens: 100 })
    }
    for (const model of ['gpt-oss-120b', 'openai/gpt-oss-20b', 'mistral-large', 'qwen3', 'olmo']) {
      expect(fieldFor(model)).toEqual({ model, messages: [], max_tokens: 100 })
    }
  })

  it('has every cap lowered that is too high, and no other touched', () => {
    const both = chat({ max_tokens: 9_000, max_completion_tokens: 100 }, only({ maxTokens: 500 }))
    expect(both.json).toMatchObject({ max_tokens: 500, max_completion_tokens: 100 })
    expect(both.changed).toEqual([{ field: 'max_tokens', from: 9_000, to: 500 }])
    expect(both.ask.maxTokens).toBe(500)
    const low = chat({ max_tokens: 20 }, only({ maxTokens: 500 }))
    expect(low).toMatchObject({ changed: [], unsupported: [] })
  })

  it('is capped where it sends a cap that only other routes know', () => {
    const { json } = chat({ max_output_tokens: 10 }, only({ maxTokens: 500 }))
    expect(json).toMatchObject({ max_output_tokens: 10, max_completion_tokens: 500 })
  })

  it('is capped where its cap is null', () => {
    const { json } = chat({ max_completion_tokens: null }, only({ maxTokens: 500 }))
    expect(json).toMatchObject({ max_completion_tokens: 500 })
  })

  it('gives one answer, and no log-probabilities', () => {
    const { json, ask, changed } = chat(
      { n: 8, logprobs: true, top_logprobs: 20 },
      only({ candidates: 1, noLogprobs: true }),
    )
    expect(json).toEqual({ model: 'gpt-5.2', messages: [], n: 1 })
    expect(ask.candidates).toBe(1)
    expect(changed).toEqual([
      { field: 'n', from: 8, to: 1 },
      { field: 'logprobs', from: true },
      { field: 'top_logprobs', from: 20 },
    ])
  })

  it('hides reasoning by the switch the caller used, whichever it is', () => {
    const hide = only({ hideReasoning: true })
    expect(chat({ include_reasoning: true }, hide)).toMatchObject({
      json: { include_reasoning: false },
      ask: { reasoning: false },
      unsupported: [],
    })
    expect(chat({ reasoning: { effort: 'high' } }, hide).json).toMatchObject({
      reasoning: { effort: 'high', exclude: true },
    })
    expect(chat({ reasoning_format: 'raw' }, hide).json).toMatchObject({
      reasoning_format: 'hidden',
    })
  })

  it('hides reasoning by the switch the operator names, where the model is not one of OpenAI', () => {
    const hiding = (reasoningSwitch: ReasoningSwitch, fields: object): unknown => {
      const body = { model: 'deepseek-r1', ...fields }
      return reshaped(openai, CHAT, body, only({ hideReasoning: true, reasoningSwitch })).json
    }
    const model = 'deepseek-r1'
    expect(hiding('include_reasoning', {})).toEqual({ model, include_reasoning: false })
    expect(hiding('reasoning.exclude', {})).toEqual({ model, reasoning: { exclude: true } })
    expect(hiding('reasoning_format', {})).toEqual({ model, reasoning_format: 'hidden' })
    // A switch of another kind, which the server may not know, does not stand in for it.
    expect(hiding('include_reasoning', { reasoning: { exclude: true } })).toEqual({
      model,
      include_reasoning: false,
      reasoning: { exclude: true },
    })
    expect(hiding('reasoning_format', { include_reasoning: false })).toEqual({
      model,
      reasoning_format: 'hidden',
    })
    const own = only({ hideReasoning: true, reasoningSwitch: 'include_reasoning' })
    expect(chat({}, own)).toMatchObject({ changed: [], unsupported: ['reasoning'] })
  })

  it('without such a switch is told as unsupported: none is invented', () => {
    const { text, changed, unsupported } = chat(
      { reasoning_effort: 'high' },
      only({ hideReasoning: true }),
    )
    expect(text).toBe('{"model":"gpt-5.2","messages":[],"reasoning_effort":"high"}')
    expect({ changed, unsupported }).toEqual({ changed: [], unsupported: ['reasoning'] })
  })

  it('keeps every byte of the rest, such as numbers no parser keeps', () => {
    const body =
      '{ "seed" : 12345678901234567890, "n":3 ,"messages":[{"role":"user","content":"\\u00e9\\/"}],"model":"gpt-5.2" }'
    const { text } = reshaped(openai, CHAT, body, only({ candidates: 1 }))
    expect(text).toBe(body.replace('"n":3', '"n":1'))
  })

  it('is asked for usage all the same', () => {
    const { text, ask } = chat({ stream: true, n: 4 })
    const asked = openai.askForUsage(routeOf(openai, CHAT), ask, Buffer.from(text))
    expect(JSON.parse(Buffer.from(asked?.body ?? []).toString())).toMatchObject({
      n: 1,
      max_completion_tokens: 2048,
      stream_options: { include_usage: true },
    })
  })
})

describe('a legacy completion', () => {
  it('is narrowed in its own fields', () => {
    const { json, unsupported } = reshaped(openai, '/v1/completions', {
      model: 'm',
      prompt: 'p',
      n: 3,
      best_of: 5,
      logprobs: 5,
      max_tokens: 4_000,
    })
    expect(json).toEqual({ model: 'm', prompt: 'p', n: 1, best_of: 1, max_tokens: 2048 })
    expect(unsupported).toEqual(['reasoning'])
  })

  it('that scores its prompt keeps its cap of nothing', () => {
    const body = { model: 'm', prompt: 'p', echo: true, max_tokens: 0 }
    expect(reshaped(openai, '/v1/completions', body, only({ maxTokens: 500 })).changed).toEqual([])
  })
})

describe('a response', () => {
  it('comes without summaries, and reasons with the same effort', () => {
    const { json, changed, ask } = respond(
      { reasoning: { effort: 'high', summary: 'detailed', generate_summary: 'auto' } },
      only({ hideReasoning: true }),
    )
    expect(json).toMatchObject({ reasoning: { effort: 'high' } })
    expect(ask.reasoning).toBe(false)
    // Texts of the caller have no place in a record.
    expect(changed).toEqual([
      { field: 'reasoning.summary' },
      { field: 'reasoning.generate_summary' },
    ])
  })

  it('keeps the encrypted reasoning that a stateless tool turn lives on', () => {
    const include = ['reasoning.encrypted_content', 'message.output_text.logprobs']
    const { json } = respond({ store: false, include, top_logprobs: 5 })
    expect(json).toEqual({
      model: 'gpt-5.2',
      input: 'hi',
      store: false,
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 2048,
    })
  })

  it('has no field for several answers', () => {
    expect(respond({}).unsupported).toEqual(['candidates'])
  })
})

describe('other routes', () => {
  it('that make text and are not in the table go on as they came, all of it unsupported', () => {
    const body = { model: 'm', input: 'say this' }
    expect(reshaped(openai, '/v1/audio/speech', body)).toMatchObject({
      text: JSON.stringify(body),
      changed: [],
      unsupported: ['reasoning', 'max_tokens', 'candidates', 'logprobs'],
    })
    const upload = routeOf(openai, '/v1/audio/transcriptions')
    const ask = openai.ask(upload, undefined, 10)
    expect(openai.reshape(upload, ask, undefined, ALL)?.unsupported).toHaveLength(4)
  })

  it('that make none are not spoken of', () => {
    const route = routeOf(openai, '/v1/embeddings')
    const body = Buffer.from('{"model":"m","input":"x"}')
    const ask = openai.ask(route, JSON.parse(body.toString()), body.length)
    expect(openai.reshape(route, ask, body, ALL)).toBeUndefined()
  })

  it('of assistants are capped by their own name', () => {
    const { json } = reshaped(openai, '/v1/threads/t/runs', { assistant_id: 'a' })
    expect(json).toEqual({ max_completion_tokens: 2048, assistant_id: 'a' })
  })
})
