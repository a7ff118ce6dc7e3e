import type { Ask, Route } from '../core/call.ts'
import {
  flag,
  optionalArray,
  optionalCount,
  optionalModel,
  optionalObject,
  optionalUser,
  requiredModel,
  requiredObject,
} from './body-fields.ts'
import type { JsonObject } from './json-object.ts'
import { askOfPath, inputEstimate, NOTHING_ASKED } from './plain-ask.ts'

/** Operations whose stream tells usage only where `stream_options.include_usage` asks for it. */
const USAGE_ON_REQUEST: ReadonlySet<string> = new Set([
  'chat.completions.create',
  'completions.create',
])

/** Whether a route streams usage only on request. */
export const tellsUsageOnRequest = (route: Route): boolean => USAGE_ON_REQUEST.has(route.operation)

/** Operations that require a model. Elsewhere it may come from a stored prompt, assistant or default. */
const MODEL_REQUIRED: ReadonlySet<string> = new Set([
  ...USAGE_ON_REQUEST,
  'embeddings.create',
  'audio.speech.create',
])

/** The largest of the caps that were sent; each of them alone would be honoured by some upstream. */
const largest = (...caps: readonly (number | undefined)[]): number | undefined => {
  let most: number | undefined
  for (const cap of caps) if (cap !== undefined && (most === undefined || cap > most)) most = cap
  return most
}

const maxTokensOf = (body: JsonObject): number | undefined =>
  largest(
    // Completions take 0: with `echo`, to score the prompt.
    optionalCount(body['max_tokens'], 'max_tokens', 0),
    optionalCount(body['max_completion_tokens'], 'max_completion_tokens', 1),
    optionalCount(body['max_output_tokens'], 'max_output_tokens', 1),
  )

/** Prompts of one legacy completion: an array of strings or of token lists is a prompt each. */
const promptsOf = (prompt: unknown): number =>
  Array.isArray(prompt) && prompt.length > 0 && typeof prompt[0] !== 'number' ? prompt.length : 1

const candidatesOf = (body: JsonObject, operation: string): number => {
  const n = optionalCount(body['n'], 'n', 1) ?? 1
  if (operation !== 'completions.create') return n
  const bestOf = optionalCount(body['best_of'], 'best_of', 1) ?? 1
  return Math.max(n, bestOf) * promptsOf(body['prompt'])
}

/** Reasoning in the open: summaries of Responses, and the switch of servers that show it in chat. */
const reasoningOf = (body: JsonObject): boolean => {
  if (flag(body['include_reasoning'], 'include_reasoning')) return true
  const reasoning = optionalObject(body['reasoning'], 'reasoning')
  const summary = reasoning?.['summary'] ?? reasoning?.['generate_summary']
  return summary !== undefined && summary !== null
}

const includesUsage = (body: JsonObject): boolean => {
  const options = optionalObject(body['stream_options'], 'stream_options')
  return flag(options?.['include_usage'], 'stream_options.include_usage')
}

const endUserOf = (body: JsonObject): string | undefined =>
  optionalUser(body['safety_identifier'], 'safety_identifier') ?? optionalUser(body['user'], 'user')

/** What a body of this dialect asks for; see the seam `Dialect.ask`. */
export const openaiAsk = (route: Route, json: unknown, bodyBytes: number): Ask => {
  const { operation } = route
  if (route.body !== 'json' || (route.metering === 'request' && json === undefined)) {
    return askOfPath(route, json, bodyBytes)
  }
  const body = requiredObject(json)
  const model = MODEL_REQUIRED.has(operation)
    ? requiredModel(body['model'])
    : optionalModel(body['model'])
  if (route.kind !== 'generate') {
    return {
      ...NOTHING_ASKED,
      model,
      inputTokensEstimate: inputEstimate(route, json, bodyBytes),
      endUser: endUserOf(body),
    }
  }
  const stream = flag(body['stream'], 'stream')
  return {
    model,
    stream,
    maxTokens: maxTokensOf(body),
    candidates: candidatesOf(body, operation),
    tools:
      (optionalArray(body['tools'], 'tools')?.length ?? 0) +
      (optionalArray(body['functions'], 'functions')?.length ?? 0),
    reasoning: reasoningOf(body),
    background: flag(body['background'], 'background'),
    inputTokensEstimate: inputEstimate(route, json, bodyBytes),
    endUser: endUserOf(body),
    wantsUsage: !stream || !tellsUsageOnRequest(route) || includesUsage(body),
  }
}
