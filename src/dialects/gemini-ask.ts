import type { Ask, Route } from '../core/call.ts'
import {
  eitherOf,
  flag,
  optionalArray,
  optionalCount,
  optionalModel,
  optionalObject,
  requiredObject,
} from './body-fields.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { askOfPath } from './plain-ask.ts'

/** Tools of the list: each function declared, and each built-in one. */
const toolsOf = (body: JsonObject): number => {
  let count = 0
  for (const tool of optionalArray(body['tools'], 'tools') ?? []) {
    const declared = isJsonObject(tool)
      ? optionalArray(
          eitherOf(tool, 'functionDeclarations', 'function_declarations'),
          'tools.functionDeclarations',
        )
      : undefined
    count += declared?.length ?? 1
  }
  return count
}

type Generation = Pick<Ask, 'maxTokens' | 'candidates' | 'tools' | 'reasoning'>

/** What one generateContent request asks for. Google's JSON takes both spellings of every name. */
const generationOf = (body: JsonObject): Generation => {
  const config =
    optionalObject(eitherOf(body, 'generationConfig', 'generation_config'), 'generationConfig') ??
    {}
  const thinking = optionalObject(
    eitherOf(config, 'thinkingConfig', 'thinking_config'),
    'generationConfig.thinkingConfig',
  )
  return {
    maxTokens: optionalCount(
      eitherOf(config, 'maxOutputTokens', 'max_output_tokens'),
      'generationConfig.maxOutputTokens',
      1,
    ),
    candidates:
      optionalCount(
        eitherOf(config, 'candidateCount', 'candidate_count'),
        'generationConfig.candidateCount',
        1,
      ) ?? 1,
    tools: toolsOf(body),
    reasoning:
      thinking !== undefined &&
      flag(
        eitherOf(thinking, 'includeThoughts', 'include_thoughts'),
        'generationConfig.thinkingConfig.includeThoughts',
      ),
  }
}

/** The requests a batch carries itself; one that names a file carries none. */
const inlineRequests = (body: JsonObject): readonly JsonObject[] => {
  const batch = optionalObject(body['batch'], 'batch')
  const input = optionalObject(
    batch && eitherOf(batch, 'inputConfig', 'input_config'),
    'batch.inputConfig',
  )
  const inline = optionalObject(input?.['requests'], 'batch.inputConfig.requests')
  const listed = optionalArray(inline?.['requests'], 'batch.inputConfig.requests.requests') ?? []
  return listed.map((item) =>
    requiredObject(requiredObject(item, 'requests[]')['request'], 'requests[].request'),
  )
}

/** A batch as one ask: its requests are its candidates, the widest of them gives the caps. */
const batchAsk = (body: JsonObject): Generation => {
  const requests = inlineRequests(body).map(generationOf)
  let maxTokens: number | undefined
  for (const { maxTokens: cap } of requests) {
    if (cap !== undefined && cap > (maxTokens ?? 0)) maxTokens = cap
  }
  const answers = requests.reduce((sum, request) => sum + request.candidates, 0)
  return {
    maxTokens,
    candidates: Math.max(1, answers),
    tools: requests.reduce((most, request) => Math.max(most, request.tools), 0),
    reasoning: requests.some((request) => request.reasoning),
  }
}

/** Images of Imagen: `sampleCount` for each prompt. */
const predictionAsk = (body: JsonObject): Pick<Ask, 'candidates'> => {
  const parameters = optionalObject(body['parameters'], 'parameters')
  const samples = optionalCount(parameters?.['sampleCount'], 'parameters.sampleCount', 1) ?? 1
  return {
    candidates: samples * Math.max(1, optionalArray(body['instances'], 'instances')?.length ?? 1),
  }
}

/** A model as policies name it: the resource prefix, which the API lets stand or fall, taken away. */
const bareModel = (model: string | undefined): string | undefined =>
  model?.startsWith('models/') === true ? model.slice('models/'.length) : model

/** An interaction, whose names are all in snake case and whose model or agent stands in the body. */
const interactionAsk = (body: JsonObject): Generation & Pick<Ask, 'model' | 'stream'> => {
  const config = optionalObject(body['generation_config'], 'generation_config')
  const agent = optionalObject(body['agent_config'], 'agent_config')
  const summaries = config?.['thinking_summaries'] ?? agent?.['thinking_summaries']
  return {
    model: bareModel(optionalModel(body['model'])) ?? optionalModel(body['agent'], 'agent'),
    stream: flag(body['stream'], 'stream'),
    maxTokens: optionalCount(
      config?.['max_output_tokens'],
      'generation_config.max_output_tokens',
      1,
    ),
    candidates: 1,
    tools: optionalArray(body['tools'], 'tools')?.length ?? 0,
    reasoning: summaries !== undefined && summaries !== null && summaries !== 'none',
  }
}

/** What a body of this dialect asks for; see the seam `Dialect.ask`. */
export const geminiAsk = (route: Route, json: unknown, bodyBytes: number): Ask => {
  const plain = askOfPath(route, json, bodyBytes)
  if (route.body !== 'json' || (route.metering === 'request' && json === undefined)) return plain
  const body = requiredObject(json)
  switch (route.operation) {
    case 'models.generateContent':
    case 'models.streamGenerateContent':
      return { ...plain, ...generationOf(body) }
    case 'models.batchGenerateContent':
      return { ...plain, ...batchAsk(body) }
    case 'models.predict':
      return { ...plain, ...predictionAsk(body) }
    case 'interactions.create':
      return { ...plain, ...interactionAsk(body) }
    default:
      return plain
  }
}
