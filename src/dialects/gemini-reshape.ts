import type { Reshape } from '../core/reshape.ts'
import { geminiAsk } from './gemini-ask.ts'
import type { JsonPath } from './json-edit.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { reshapeBody, type Planner } from './reshape-body.ts'
import type { ReshapePlan } from './reshape-plan.ts'

/** The spelling in which a field was sent; Google's JSON takes both. Both at once have been refused. */
const spelt = (object: JsonObject, camel: string, snake: string): string =>
  object[camel] === undefined && object[snake] !== undefined ? snake : camel

/** What one generateContent request asks for (`GenerationConfig`, `ThinkingConfig` of @google/genai 3.1). */
const generation = (
  at: JsonPath,
  request: JsonObject,
  reshape: Reshape,
  plan: ReshapePlan,
): void => {
  const { maxTokens, candidates, noLogprobs, hideReasoning } = reshape
  const configName = spelt(request, 'generationConfig', 'generation_config')
  const config = request[configName]
  if (!isJsonObject(config)) {
    if (maxTokens !== undefined)
      plan.set([...at, configName], undefined, { maxOutputTokens: maxTokens })
    return
  }
  const inside = [...at, configName]
  if (maxTokens !== undefined) {
    const name = spelt(config, 'maxOutputTokens', 'max_output_tokens')
    if (!plan.lower(inside, config, name, maxTokens))
      plan.set([...inside, name], undefined, maxTokens)
  }
  if (candidates !== undefined) {
    plan.lower(inside, config, spelt(config, 'candidateCount', 'candidate_count'), candidates)
  }
  if (noLogprobs) {
    plan.drop(inside, config, spelt(config, 'responseLogprobs', 'response_logprobs'))
    plan.drop(inside, config, 'logprobs')
  }
  const thinkingName = spelt(config, 'thinkingConfig', 'thinking_config')
  const thinking = config[thinkingName]
  // Thoughts are left out unless asked for.
  if (!hideReasoning || !isJsonObject(thinking)) return
  const name = spelt(thinking, 'includeThoughts', 'include_thoughts')
  if (thinking[name] === true) plan.set([...inside, thinkingName, name], true, false)
}

/** The requests that a batch carries itself, with where they stand. */
const inBatch = (body: JsonObject): { at: JsonPath; request: JsonObject }[] | undefined => {
  const { batch } = body
  if (!isJsonObject(batch)) return undefined
  const inputName = spelt(batch, 'inputConfig', 'input_config')
  const input = batch[inputName]
  const inline = isJsonObject(input) ? input['requests'] : undefined
  const list = isJsonObject(inline) ? inline['requests'] : undefined
  if (!Array.isArray(list)) return undefined
  return list.flatMap((item: unknown, index) => {
    const request = isJsonObject(item) ? item['request'] : undefined
    const at = ['batch', inputName, 'requests', 'requests', index, 'request']
    return isJsonObject(request) ? [{ at, request }] : []
  })
}

/** Interactions: names in snake case, the config of a model or that of an agent. */
const interaction = (body: JsonObject, reshape: Reshape, plan: ReshapePlan): void => {
  const { maxTokens, hideReasoning } = reshape
  const config = body['generation_config']
  if (maxTokens !== undefined) {
    // An agent takes no cap.
    if (body['agent'] !== undefined) plan.lacks('max_tokens')
    else if (!isJsonObject(config)) {
      plan.set(['generation_config'], undefined, { max_output_tokens: maxTokens })
    } else if (!plan.lower(['generation_config'], config, 'max_output_tokens', maxTokens)) {
      plan.set(['generation_config', 'max_output_tokens'], undefined, maxTokens)
    }
  }
  for (const name of hideReasoning ? ['generation_config', 'agent_config'] : []) {
    const holder = body[name]
    const summaries = isJsonObject(holder) ? holder['thinking_summaries'] : undefined
    if (summaries === undefined || summaries === null || summaries === 'none') continue
    plan.set([name, 'thinking_summaries'], undefined, 'none')
  }
  if (reshape.candidates !== undefined) plan.lacks('candidates')
  if (reshape.noLogprobs) plan.lacks('logprobs')
}

const prediction = (body: JsonObject, reshape: Reshape, plan: ReshapePlan): void => {
  const { parameters } = body
  if (reshape.candidates !== undefined && isJsonObject(parameters)) {
    plan.lower(['parameters'], parameters, 'sampleCount', reshape.candidates)
  }
  if (reshape.maxTokens !== undefined) plan.lacks('max_tokens')
  if (reshape.hideReasoning) plan.lacks('reasoning')
  if (reshape.noLogprobs) plan.lacks('logprobs')
}

const planned: Planner = ({ operation }, body, reshape, plan) => {
  switch (operation) {
    case 'models.generateContent':
    case 'models.streamGenerateContent':
      generation([], body, reshape, plan)
      return true
    case 'models.batchGenerateContent': {
      const requests = inBatch(body)
      requests?.forEach(({ at, request }) => generation(at, request, reshape, plan))
      // One that names a file carries none.
      return requests !== undefined
    }
    case 'models.predict':
      prediction(body, reshape, plan)
      return true
    case 'interactions.create':
      interaction(body, reshape, plan)
      return true
    default:
      return false
  }
}

/** The seam `Dialect.reshape` of the Gemini API. */
export const reshapeGemini = reshapeBody(planned, geminiAsk)
