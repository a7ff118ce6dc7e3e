import { jsonAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { openaiHeaders } from './stand-in-openai.ts'
import { numberOf, textOf, type StandInRequest } from './stand-in-request.ts'
import { inputTokensOf, vectorFor } from './stand-in-words.ts'

/** Models the stand-in lists; it answers for any name. */
const MODELS = ['chat-large', 'chat-small', 'embed-small'] as const

const MADE_AT = Date.UTC(2026, 0, 1)

const openaiModel = (id: string): object => ({
  id,
  object: 'model',
  created: MADE_AT / 1000,
  owned_by: 'stand-in',
})

/** OpenAI's list of models, or one of them where the path names it. */
export const answerOpenaiModels = (request: StandInRequest): StandInAnswer => {
  const id = request.path.split('/')[3]
  return jsonAnswer(
    id === undefined ? { object: 'list', data: MODELS.map(openaiModel) } : openaiModel(id),
    openaiHeaders(request),
  )
}

/** OpenAI embeddings, as numbers or, where the caller asks, as base64 of 32-bit floats. */
export const answerEmbeddings = (request: StandInRequest): StandInAnswer => {
  const { body } = request
  const input: unknown = body['input']
  const texts: unknown[] = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input]
  const dimensions = Math.min(4_096, Math.max(1, numberOf(body, 'dimensions') ?? 256))
  const promptTokens = inputTokensOf(request.bodyBytes)
  return jsonAnswer(
    {
      object: 'list',
      data: texts.map((text, index) => {
        const vector = vectorFor(JSON.stringify(text) ?? '', dimensions)
        return {
          object: 'embedding',
          index,
          embedding:
            body['encoding_format'] === 'base64'
              ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
              : vector,
        }
      }),
      model: textOf(body, 'model') ?? '',
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    },
    openaiHeaders(request),
  )
}

const anthropicModel = (id: string): object => ({
  type: 'model',
  id,
  display_name: id,
  created_at: new Date(MADE_AT).toISOString(),
})

/** Anthropic's list of models, or one of them where the path names it. */
export const answerAnthropicModels = (
  { path }: StandInRequest,
  headers: StandInAnswer['headers'],
): StandInAnswer => {
  const id = path.split('/')[3]
  return jsonAnswer(
    id === undefined
      ? {
          data: MODELS.map(anthropicModel),
          has_more: false,
          first_id: MODELS[0],
          last_id: MODELS.at(-1),
        }
      : anthropicModel(id),
    headers,
  )
}

const geminiModel = (id: string): object => ({
  name: `models/${id}`,
  version: '001',
  displayName: id,
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: ['generateContent', 'countTokens', 'embedContent'],
})

/** Gemini's list of models, or one of them where the path names it. */
export const answerGeminiModels = ({ path }: StandInRequest): StandInAnswer => {
  const id = path.split('/')[3]
  return jsonAnswer(id === undefined ? { models: MODELS.map(geminiModel) } : geminiModel(id))
}
