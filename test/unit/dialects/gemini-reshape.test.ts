import { describe, expect, it } from 'vitest'
import { gemini } from '../../../src/dialects/gemini.ts'
import { ALL, only, reshaped } from '../../support/a-reshape.ts'

const CONTENT = '/v1beta/models/gemini-3-pro:generateContent'
const content = (body: object, reshape = ALL) => reshaped(gemini, CONTENT, body, reshape)

describe('content', () => {
  it('is narrowed in its config', () => {
    const { json, ask, unsupported } = content({
      contents: [],
      generationConfig: {
        maxOutputTokens: 9_000,
        candidateCount: 4,
        responseLogprobs: true,
        logprobs: 5,
        temperature: 1,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 500 },
      },
    })
    expect(json).toEqual({
      contents: [],
      generationConfig: {
        maxOutputTokens: 2048,
        candidateCount: 1,
        temperature: 1,
        thinkingConfig: { includeThoughts: false, thinkingBudget: 500 },
      },
    })
    expect(ask).toMatchObject({ maxTokens: 2048, candidates: 1, reasoning: false })
    expect(unsupported).toEqual([])
  })

  it('is narrowed in either spelling, and keeps it', () => {
    const { json } = content({
      generation_config: {
        max_output_tokens: 9_000,
        candidate_count: 4,
        response_logprobs: true,
        thinking_config: { include_thoughts: true },
      },
    })
    expect(json).toEqual({
      generation_config: {
        max_output_tokens: 2048,
        candidate_count: 1,
        thinking_config: { include_thoughts: false },
      },
    })
  })

  it('is capped where it has no config, an empty one or null', () => {
    const cap = only({ maxTokens: 100 })
    for (const before of [{}, { generationConfig: {} }, { generationConfig: null }]) {
      expect(content({ contents: [], ...before }, cap).json).toEqual({
        contents: [],
        generationConfig: { maxOutputTokens: 100 },
      })
    }
  })

  it('that shows no thoughts stays as it is', () => {
    const hide = only({ hideReasoning: true })
    for (const thinkingConfig of [undefined, {}, { includeThoughts: false }]) {
      expect(content({ generationConfig: { thinkingConfig } }, hide)).toMatchObject({
        changed: [],
        unsupported: [],
      })
    }
  })
})

describe('a batch', () => {
  it('is narrowed request by request', () => {
    const of = (generationConfig: object | undefined) => ({
      batch: { inputConfig: { requests: { requests: [{ request: { generationConfig } }] } } },
    })
    const path = '/v1beta/models/gemini-3-pro:batchGenerateContent'
    const { json } = reshaped(gemini, path, of({ candidateCount: 8, maxOutputTokens: 99_999 }))
    expect(json).toEqual(of({ candidateCount: 1, maxOutputTokens: 2048 }))
    expect(reshaped(gemini, path, of(undefined)).json).toEqual(of({ maxOutputTokens: 2048 }))
  })

  it('that names a file goes on as it came', () => {
    const body = { batch: { inputConfig: { fileName: 'files/x' } } }
    const path = '/v1beta/models/gemini-3-pro:batchGenerateContent'
    expect(reshaped(gemini, path, body)).toMatchObject({
      json: body,
      unsupported: ['reasoning', 'max_tokens', 'candidates', 'logprobs'],
    })
  })
})

describe('an interaction', () => {
  it('comes without summaries of thoughts, capped', () => {
    const { json, ask } = reshaped(gemini, '/v1beta/interactions', {
      model: 'gemini-3-pro',
      input: 'x',
      generation_config: { thinking_summaries: 'auto' },
    })
    expect(json).toEqual({
      model: 'gemini-3-pro',
      input: 'x',
      generation_config: { max_output_tokens: 2048, thinking_summaries: 'none' },
    })
    expect(ask).toMatchObject({ maxTokens: 2048, reasoning: false })
  })

  it('of an agent has no cap to set', () => {
    const body = { agent: 'deep-research', agent_config: { thinking_summaries: 'auto' } }
    const { json, unsupported } = reshaped(gemini, '/v1beta/interactions', body)
    expect(json).toEqual({ agent: 'deep-research', agent_config: { thinking_summaries: 'none' } })
    expect(unsupported).toEqual(['max_tokens', 'candidates', 'logprobs'])
  })
})

describe('images', () => {
  it('are fewer', () => {
    const path = '/v1beta/models/imagen-4:predict'
    const body = { instances: [{}], parameters: { sampleCount: 4 } }
    expect(reshaped(gemini, path, body).ask.candidates).toBe(1)
  })
})
