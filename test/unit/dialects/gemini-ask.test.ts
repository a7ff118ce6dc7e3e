import { describe, expect, it } from 'vitest'
import { gemini } from '../../../src/dialects/gemini.ts'
import { asked, complaint } from '../../support/asked.ts'

const CONTENT = '/v1beta/models/gemini-x:generateContent'

describe('what a Gemini body asks for', () => {
  it.each([
    [
      {
        generationConfig: {
          maxOutputTokens: 9,
          candidateCount: 3,
          thinkingConfig: { includeThoughts: true },
        },
      },
    ],
    [
      {
        generation_config: {
          max_output_tokens: 9,
          candidate_count: 3,
          thinking_config: { include_thoughts: true },
        },
      },
    ],
  ])('is read in either spelling: %j', (body) => {
    const tools = [
      { functionDeclarations: [{}, {}] },
      { googleSearch: {} },
      { function_declarations: [{}] },
    ]
    expect(asked(gemini, CONTENT, { ...body, tools })).toEqual({
      model: 'gemini-x',
      stream: false,
      maxTokens: 9,
      candidates: 3,
      tools: 4,
      reasoning: true,
      inputTokensEstimate: 100,
      endUser: undefined,
      background: false,
      wantsUsage: true,
    })
  })

  it('streams where the path says so, whatever the body says', () => {
    const path = CONTENT.replace('generate', 'streamGenerate')
    expect(asked(gemini, path, { stream: false }).stream).toBe(true)
    expect(asked(gemini, CONTENT, { stream: true }).stream).toBe(false)
  })

  it('has its model in the path, whatever the body says', () => {
    expect(asked(gemini, CONTENT, { model: 'models/other' }).model).toBe('gemini-x')
  })

  it('has the model of an interaction in the body, without the resource prefix', () => {
    const path = '/v1beta/interactions'
    const body = {
      model: 'models/gemini-y',
      stream: true,
      generation_config: { max_output_tokens: 5, thinking_summaries: 'auto' },
    }
    expect(asked(gemini, path, body)).toMatchObject({
      model: 'gemini-y',
      stream: true,
      maxTokens: 5,
      reasoning: true,
    })
    expect(asked(gemini, path, { agent: 'deep-research' })).toMatchObject({
      model: 'deep-research',
      reasoning: false,
    })
  })

  it('counts the answers of a batch and the images of a prediction', () => {
    const request = { generationConfig: { maxOutputTokens: 50, candidateCount: 2 } }
    const batch = { inputConfig: { requests: { requests: [{ request }, { request: {} }] } } }
    const path = '/v1beta/models/gemini-x:batchGenerateContent'
    expect(asked(gemini, path, { batch })).toMatchObject({ candidates: 3, maxTokens: 50 })
    expect(
      asked(gemini, path, { batch: { input_config: { file_name: 'files/x' } } }),
    ).toMatchObject({ candidates: 1 })
    const images = { instances: [{}, {}], parameters: { sampleCount: 4 } }
    expect(asked(gemini, '/v1beta/models/imagen:predict', images)).toMatchObject({ candidates: 8 })
  })

  it.each([
    [
      { generationConfig: {}, generation_config: {} },
      'generationConfig and generation_config are the same field: send one',
    ],
    [
      { generationConfig: { maxOutputTokens: '100' } },
      'generationConfig.maxOutputTokens must be a whole number of at least 1',
    ],
    [
      { generationConfig: { candidateCount: 0 } },
      'generationConfig.candidateCount must be a whole number of at least 1',
    ],
    [
      { generationConfig: { thinkingConfig: { includeThoughts: 1 } } },
      'generationConfig.thinkingConfig.includeThoughts must be true or false',
    ],
    [{ generationConfig: [] }, 'generationConfig must be an object'],
  ])('is refused with a reason: %j', (body, reason) => {
    expect(complaint(gemini, CONTENT, body)).toBe(reason)
  })
})
