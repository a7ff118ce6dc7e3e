import type { Route } from '../core/call.ts'
import type { Reshape } from '../core/reshape.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { openaiAsk } from './openai-ask.ts'
import { reshapeBody, type Planner } from './reshape-body.ts'
import type { ReshapePlan } from './reshape-plan.ts'

/** Fields of one operation, as its API reference documents them. */
type Fields = {
  /** The cap that is added where the caller sets none; `undefined` where the API has none. */
  readonly cap: ((model: string) => string) | undefined
  /** Caps that the API takes, any of which will do. */
  readonly caps: readonly string[]
  readonly candidates: readonly string[]
  /** Members to take out. */
  readonly logprobs: readonly string[]
  readonly hideReasoning:
    | ((body: JsonObject, plan: ReshapePlan, reshape: Reshape) => boolean)
    | undefined
}

/** Every cap that some upstream honours; whichever the caller sends is lowered. */
const CAPS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const

/**
 * OpenAI's own models: `max_tokens` is deprecated and its reasoning models refuse it (API reference of
 * Chat Completions). Other servers of this dialect all take `max_tokens`, not all the newer name; open
 * weights under OpenAI's name (`gpt-oss`) are served by those.
 */
const OPENAI_MODEL = /^(?:openai\/)?(?:ft:)?(?:gpt-(?!oss)|o\d|chatgpt-|codex-|computer-use-)/

const chatCap = (model: string): string =>
  OPENAI_MODEL.test(model) ? 'max_completion_tokens' : 'max_tokens'

/**
 * Chat Completions of OpenAI show no reasoning and have no field for it. Servers that show it take one of
 * three switches: `include_reasoning` (vLLM, Groq, OpenRouter), `reasoning.exclude` (OpenRouter, "Reasoning
 * Tokens") and `reasoning_format` (Groq, "Reasoning"). Which one, only the operator knows, by the policy, or
 * the caller; every one the caller sends is turned. Groq takes only one of its two at a time. The effort is
 * not touched: it is no visibility.
 */
const hideChatReasoning = (body: JsonObject, plan: ReshapePlan, reshape: Reshape): boolean => {
  const { model, include_reasoning: include, reasoning, reasoning_format: format } = body
  const ours = typeof model === 'string' && OPENAI_MODEL.test(model)
  const own = ours ? undefined : reshape.reasoningSwitch
  if (own === 'reasoning_format') plan.drop([], body, 'include_reasoning')
  else if (include === true || (own === 'include_reasoning' && include !== false)) {
    plan.set(['include_reasoning'], include, false)
  }
  if (isJsonObject(reasoning)) {
    const { exclude } = reasoning
    if (exclude !== true) plan.set(['reasoning', 'exclude'], exclude, true)
  } else if (own === 'reasoning.exclude') plan.set(['reasoning'], undefined, { exclude: true })
  if (own === 'include_reasoning') plan.drop([], body, 'reasoning_format')
  else if (format !== 'hidden' && (typeof format === 'string' || own === 'reasoning_format')) {
    plan.set(['reasoning_format'], undefined, 'hidden')
  }
  return (
    own !== undefined ||
    typeof include === 'boolean' ||
    isJsonObject(reasoning) ||
    typeof format === 'string'
  )
}

/**
 * Summaries are the only reasoning that Responses show, and only on request. `reasoning.encrypted_content`
 * in `include` stays: nobody can read it, and a stateless tool turn cannot go on without it.
 */
const hideSummaries = ({ reasoning }: JsonObject, plan: ReshapePlan): boolean => {
  if (!isJsonObject(reasoning)) return true
  plan.drop(['reasoning'], reasoning, 'summary')
  plan.drop(['reasoning'], reasoning, 'generate_summary')
  return true
}

const RUN: Fields = {
  cap: () => 'max_completion_tokens',
  caps: ['max_completion_tokens'],
  candidates: [],
  logprobs: [],
  hideReasoning: undefined,
}

/** By operation; from the API reference as the official SDK (openai 7.55) documents its parameters. */
const FIELDS: { readonly [operation: string]: Fields } = {
  'chat.completions.create': {
    cap: chatCap,
    caps: ['max_tokens', 'max_completion_tokens'],
    candidates: ['n'],
    logprobs: ['logprobs', 'top_logprobs'],
    hideReasoning: hideChatReasoning,
  },
  'completions.create': {
    cap: () => 'max_tokens',
    caps: ['max_tokens'],
    candidates: ['n', 'best_of'],
    logprobs: ['logprobs'],
    hideReasoning: undefined,
  },
  'responses.create': {
    cap: () => 'max_output_tokens',
    caps: ['max_output_tokens'],
    candidates: [],
    logprobs: ['top_logprobs'],
    hideReasoning: hideSummaries,
  },
  'images.generate': {
    cap: undefined,
    caps: [],
    candidates: ['n'],
    logprobs: [],
    hideReasoning: undefined,
  },
  'threads.runs.create': RUN,
  'threads.create_and_run': RUN,
}

const LOGPROBS_INCLUDED = 'message.output_text.logprobs'

/** Responses also tell log-probabilities where `include` names them. */
const dropIncluded = ({ include }: JsonObject, plan: ReshapePlan): void => {
  if (!Array.isArray(include) || !include.includes(LOGPROBS_INCLUDED)) return
  const rest = include.filter((entry) => typeof entry === 'string' && entry !== LOGPROBS_INCLUDED)
  plan.set(['include'], undefined, rest)
}

const capTokens = (
  { cap, caps }: Fields,
  body: JsonObject,
  ceiling: number,
  plan: ReshapePlan,
): void => {
  const capped = CAPS.filter((name) => plan.lower([], body, name, ceiling))
  if (cap === undefined) plan.lacks('max_tokens')
  else if (!caps.some((name) => capped.some((one) => one === name))) {
    const { model } = body
    plan.set([cap(typeof model === 'string' ? model : '')], undefined, ceiling)
  }
}

const planned: Planner = (
  { operation }: Route,
  body: JsonObject,
  reshape: Reshape,
  plan: ReshapePlan,
) => {
  const fields = FIELDS[operation]
  if (fields === undefined) return false
  const { maxTokens, candidates, noLogprobs, hideReasoning } = reshape
  if (hideReasoning && fields.hideReasoning?.(body, plan, reshape) !== true) plan.lacks('reasoning')
  if (maxTokens !== undefined) capTokens(fields, body, maxTokens, plan)
  if (candidates !== undefined) {
    if (fields.candidates.length === 0) plan.lacks('candidates')
    for (const name of fields.candidates) plan.lower([], body, name, candidates)
  }
  if (noLogprobs) {
    if (fields.logprobs.length === 0) plan.lacks('logprobs')
    for (const name of fields.logprobs) plan.drop([], body, name)
    if (operation === 'responses.create') dropIncluded(body, plan)
  }
  return true
}

/** The seam `Dialect.reshape` of OpenAI's API. */
export const reshapeOpenai = reshapeBody(planned, openaiAsk)
