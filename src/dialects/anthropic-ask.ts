import type { Ask, Route } from '../core/call.ts'
import {
  flag,
  oneModel,
  optionalArray,
  optionalCount,
  optionalModel,
  optionalObject,
  optionalUser,
  requiredModel,
  requiredObject,
} from './body-fields.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { askOfPath, inputEstimate, NOTHING_ASKED } from './plain-ask.ts'

const endUserOf = (body: JsonObject): string | undefined =>
  optionalUser(optionalObject(body['metadata'], 'metadata')?.['user_id'], 'metadata.user_id')

/** Thinking that the answer shows: switched on, and its text not left out (`display`). */
const reasoningOf = (body: JsonObject): boolean => {
  const thinking = optionalObject(body['thinking'], 'thinking')
  const type = thinking?.['type']
  return (type === 'enabled' || type === 'adaptive') && thinking?.['display'] !== 'omitted'
}

/** Messages take 0, which only warms the prompt cache; the legacy endpoint has a name of its own. */
const maxTokensOf = (body: JsonObject): number | undefined =>
  optionalCount(body['max_tokens'], 'max_tokens', 0) ??
  optionalCount(body['max_tokens_to_sample'], 'max_tokens_to_sample', 1)

/** What one message asks for. */
const messageAsk = (body: JsonObject, inputTokensEstimate: number): Ask => ({
  model: requiredModel(body['model']),
  stream: flag(body['stream'], 'stream'),
  maxTokens: maxTokensOf(body),
  candidates: 1,
  tools: optionalArray(body['tools'], 'tools')?.length ?? 0,
  reasoning: reasoningOf(body),
  inputTokensEstimate,
  endUser: endUserOf(body),
  background: false,
  wantsUsage: true,
})

/** A batch as one ask: its requests are its candidates, the widest of them gives the caps. */
const batchAsk = (body: JsonObject, inputTokensEstimate: number): Ask => {
  const requests = optionalArray(body['requests'], 'requests') ?? []
  const asks = requests.map((request) =>
    messageAsk(
      requiredObject(requiredObject(request, 'requests[]')['params'], 'requests[].params'),
      0,
    ),
  )
  const caps = asks.map((ask) => ask.maxTokens ?? 0)
  return {
    ...NOTHING_ASKED,
    model: oneModel(asks.map((ask) => ask.model)),
    maxTokens: asks.length === 0 ? undefined : caps.reduce((most, cap) => Math.max(most, cap), 0),
    candidates: Math.max(1, asks.length),
    tools: asks.reduce((most, ask) => Math.max(most, ask.tools), 0),
    reasoning: asks.some((ask) => ask.reasoning),
    inputTokensEstimate,
    endUser: asks[0]?.endUser,
  }
}

/** Agents and their sessions name a model as a string or as an object with an `id`. */
const agentModel = (model: unknown): string | undefined =>
  isJsonObject(model) ? optionalModel(model['id'], 'model.id') : optionalModel(model)

/** What a body of this dialect asks for; see the seam `Dialect.ask`. */
export const anthropicAsk = (route: Route, json: unknown, bodyBytes: number): Ask => {
  if (route.body !== 'json' || (route.metering === 'request' && json === undefined)) {
    return askOfPath(route, json, bodyBytes)
  }
  const body = requiredObject(json)
  const estimate = inputEstimate(route, json, bodyBytes)
  switch (route.operation) {
    case 'messages.create':
    case 'messages.count_tokens':
    case 'completions.create':
      return messageAsk(body, estimate)
    case 'messages.batches.create':
      return batchAsk(body, estimate)
    default:
      return { ...NOTHING_ASKED, model: agentModel(body['model']), inputTokensEstimate: estimate }
  }
}
