import type { JsonPath } from './json-edit.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { anthropicAsk } from './anthropic-ask.ts'
import { reshapeBody, type Planner } from './reshape-body.ts'
import type { ReshapePlan } from './reshape-plan.ts'
import type { Reshape } from '../core/reshape.ts'

/** The least thinking there is; it must also be less than `max_tokens` ("Extended thinking"). */
const LEAST_BUDGET_TOKENS = 1024

/**
 * Lowers `max_tokens`, of which thinking is a part, and with it a `budget_tokens` that no longer fits: half
 * goes to thinking, the rest to the answer. A ceiling without room for both is the answer's alone, on top
 * of the least thinking; thinking is never switched off, which would break a tool turn that began with it.
 */
const capTokens = (at: JsonPath, message: JsonObject, ceiling: number, plan: ReshapePlan): void => {
  const { max_tokens: before, thinking } = message
  const budget = isJsonObject(thinking) ? thinking['budget_tokens'] : undefined
  const thinks = isJsonObject(thinking) && thinking['type'] === 'enabled'
  const most = thinks && ceiling <= LEAST_BUDGET_TOKENS ? LEAST_BUDGET_TOKENS + ceiling : ceiling
  if (typeof before === 'number' && before <= most) return
  plan.set([...at, 'max_tokens'], before, most)
  if (!thinks || typeof budget !== 'number' || budget < most) return
  const fits = Math.max(LEAST_BUDGET_TOKENS, Math.floor(most / 2))
  plan.set([...at, 'thinking', 'budget_tokens'], budget, fits)
}

/**
 * Thinking is not shown with `display: omitted`; its signature still comes, so that tool turns go on
 * ("Controlling thinking display"). Without `thinking` none is shown: it is off, or omitted by default.
 */
const hideThinking = (at: JsonPath, { thinking }: JsonObject, plan: ReshapePlan): void => {
  if (!isJsonObject(thinking)) return
  const { type, display } = thinking
  if (type === 'disabled' || display === 'omitted') return
  if (type !== 'enabled' && type !== 'adaptive') return plan.lacks('reasoning')
  plan.set([...at, 'thinking', 'display'], undefined, 'omitted')
}

const message = (at: JsonPath, body: JsonObject, reshape: Reshape, plan: ReshapePlan): void => {
  if (reshape.maxTokens !== undefined) capTokens(at, body, reshape.maxTokens, plan)
  if (reshape.hideReasoning) hideThinking(at, body, plan)
}

const batch = ({ requests }: JsonObject, reshape: Reshape, plan: ReshapePlan): void => {
  if (!Array.isArray(requests)) return
  requests.forEach((request: unknown, index) => {
    const params = isJsonObject(request) ? request['params'] : undefined
    if (isJsonObject(params)) message(['requests', index, 'params'], params, reshape, plan)
  })
}

/** By operation, as the official SDK (@anthropic-ai/sdk 1.11) documents its parameters. */
const planned: Planner = ({ operation }, body, reshape, plan) => {
  switch (operation) {
    case 'messages.create':
      message([], body, reshape, plan)
      break
    case 'messages.batches.create':
      batch(body, reshape, plan)
      break
    case 'completions.create': {
      const { maxTokens } = reshape
      const name = 'max_tokens_to_sample'
      if (maxTokens !== undefined && !plan.lower([], body, name, maxTokens)) {
        plan.set([name], undefined, maxTokens)
      }
      if (reshape.hideReasoning) plan.lacks('reasoning')
      break
    }
    default:
      return false
  }
  // One message a request, without log-probabilities: the API has neither field.
  if (reshape.candidates !== undefined) plan.lacks('candidates')
  if (reshape.noLogprobs) plan.lacks('logprobs')
  return true
}

/** The seam `Dialect.reshape` of Anthropic's API. */
export const reshapeAnthropic = reshapeBody(planned, anthropicAsk)
