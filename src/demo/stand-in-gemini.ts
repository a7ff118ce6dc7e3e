import { jsonAnswer, streamAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { answerGeminiModels } from './stand-in-lists.ts'
import { numberOf, objectOf, objectsOf, textOf, type StandInRequest } from './stand-in-request.ts'
import {
  argumentsFor,
  inputTokensOf,
  isPersonsTurn,
  seedOf,
  speak,
  vectorFor,
} from './stand-in-words.ts'

/** A Gemini answer's media type, spelled as Google spells it. */
const JSON_TYPE = { 'content-type': 'application/json; charset=UTF-8' } as const
const DIMENSIONS = 256

type Part = { readonly part: object; readonly tokens: number }

const partsOf = ({ body }: StandInRequest): { parts: readonly Part[]; reason: string } => {
  const declared = objectsOf(body, 'tools').flatMap((tool) =>
    objectsOf(tool, 'functionDeclarations'),
  )[0]
  const mode = objectOf(objectOf(body, 'toolConfig'), 'functionCallingConfig')['mode']
  if (declared !== undefined && mode !== 'NONE' && isPersonsTurn(body, 'contents')) {
    const schema = declared['parameters'] === undefined ? 'parametersJsonSchema' : 'parameters'
    const args = argumentsFor(objectOf(declared, schema))
    const call = { name: textOf(declared, 'name') ?? 'tool', args }
    const tokens = Math.ceil(JSON.stringify(args).length / 4) + 8
    return { parts: [{ part: { functionCall: call }, tokens }], reason: 'STOP' }
  }
  const cap = numberOf(objectOf(body, 'generationConfig'), 'maxOutputTokens')
  const { tokens, cut } = speak(seedOf(body, 'contents'), cap)
  return {
    parts: tokens.map((text) => ({ part: { text }, tokens: 1 })),
    reason: cut ? 'MAX_TOKENS' : 'STOP',
  }
}

const generate = (request: StandInRequest, model: string, streams: boolean): StandInAnswer => {
  const { query, bodyBytes, number } = request
  const { parts, reason } = partsOf(request)
  const promptTokens = inputTokensOf(bodyBytes)
  const answer = (said: readonly object[], outputTokens: number, finish?: string): object => ({
    candidates: [
      {
        content: { parts: said, role: 'model' },
        ...(finish === undefined ? {} : { finishReason: finish }),
        index: 0,
      },
    ],
    usageMetadata: {
      promptTokenCount: promptTokens,
      candidatesTokenCount: outputTokens,
      totalTokenCount: promptTokens + outputTokens,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokens }],
    },
    modelVersion: model,
    responseId: `standin-${number}`,
  })
  const sum = parts.reduce((total, { tokens }) => total + tokens, 0)
  if (!streams) {
    const texts = parts.map(({ part }) => ('text' in part ? String(part.text) : undefined))
    const said = texts.every((text) => text !== undefined)
      ? [{ text: texts.join('') }]
      : parts.map(({ part }) => part)
    return jsonAnswer(answer(said, sum, reason), JSON_TYPE)
  }
  let passed = 0
  const answers = parts.map(({ part, tokens }, i) => {
    passed += tokens
    return answer([part], passed, i === parts.length - 1 ? reason : undefined)
  })
  if (query.get('alt') === 'sse') {
    // Google ends its event lines with CR LF.
    return streamAnswer(
      answers.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`),
      { 'content-type': 'text/event-stream' },
    )
  }
  // Without alt=sse the stream is one JSON array, sent element by element.
  return streamAnswer(
    answers.map((each, i) => {
      const end = i === answers.length - 1 ? '\n]\n' : ''
      return `${i === 0 ? '[' : ',\n'}${JSON.stringify(each, undefined, 2)}${end}`
    }),
    JSON_TYPE,
  )
}

/** Gemini generateContent and its stream with one text or one function call, embeddings, counts, models. */
export const answerGemini = (request: StandInRequest): StandInAnswer | undefined => {
  const { path, body, bodyBytes } = request
  const [, model = '', action = ''] =
    /^\/v1(?:beta)?\/models\/([^/:]+)(?::(\w+))?$/.exec(path) ?? []
  switch (action) {
    case 'generateContent':
      return generate(request, model, false)
    case 'streamGenerateContent':
      return generate(request, model, true)
    case 'countTokens':
      return jsonAnswer({ totalTokens: inputTokensOf(bodyBytes) }, JSON_TYPE)
    case 'embedContent':
      return jsonAnswer(
        { embedding: { values: vectorFor(seedOf(body, 'content'), DIMENSIONS) } },
        JSON_TYPE,
      )
    case 'batchEmbedContents':
      return jsonAnswer(
        {
          embeddings: objectsOf(body, 'requests').map((each) => ({
            values: vectorFor(seedOf(each, 'content'), DIMENSIONS),
          })),
        },
        JSON_TYPE,
      )
    default:
      return /^\/v1(beta)?\/models(\/[^/:]+)?$/.test(path) ? answerGeminiModels(request) : undefined
  }
}
