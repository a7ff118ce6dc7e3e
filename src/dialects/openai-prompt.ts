import type { Route } from '../core/call.ts'
import type { Prompt, PromptTurn } from '../core/traits.ts'
import { decodeFields, decodeOf } from './decode-prompt.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { callText, joined, listOf, objectOf, stringOf, textOf, textOfJson } from './text-prompt.ts'
import { UNSEEN_HISTORY } from './text-prompt.ts'
import { builtInTool, parameterNames, toolsOf, type PromptTool } from './tools-prompt.ts'

/** Chat, legacy completions and Responses; the caps are one field under three names. */
const DECODE = decodeFields([
  ['temperature', ['temperature']],
  ['top_p', ['top_p']],
  ['top_k', ['top_k']],
  ['min_p', ['min_p']],
  ['max_tokens', ['max_completion_tokens'], ['max_output_tokens'], ['max_tokens']],
  ['stop', ['stop']],
  ['n', ['n']],
  ['best_of', ['best_of']],
  ['seed', ['seed']],
  ['frequency_penalty', ['frequency_penalty']],
  ['presence_penalty', ['presence_penalty']],
  ['repetition_penalty', ['repetition_penalty']],
  ['effort', ['reasoning_effort'], ['reasoning', 'effort']],
  ['thoughts', ['reasoning', 'summary'], ['include_reasoning']],
  ['stream', ['stream']],
  ['logprobs', ['top_logprobs'], ['logprobs']],
  ['format', ['response_format'], ['text', 'format']],
  ['verbosity', ['verbosity'], ['text', 'verbosity']],
  ['tool_choice', ['tool_choice']],
  ['parallel_tools', ['parallel_tool_calls']],
  ['service_tier', ['service_tier']],
  ['store', ['store']],
])

const isInstructions = (role: unknown): boolean => role === 'system' || role === 'developer'

/** Chat nests a function, Responses does not; both have built-in tools beside them. */
const readTool = (entry: unknown): readonly PromptTool[] => {
  const tool = objectOf(entry)
  const declared = objectOf(tool['function'] ?? tool['custom'] ?? tool)
  if (typeof declared['name'] !== 'string') return [builtInTool(entry)]
  return [{ name: declared['name'], parameters: parameterNames(declared['parameters']) }]
}

const chatTurn = (message: JsonObject): PromptTurn => {
  const text = textOf(message['content'])
  switch (message['role']) {
    case 'assistant': {
      let whole = text
      for (const call of listOf(message['tool_calls'])) {
        const made = objectOf(objectOf(call)['function'] ?? objectOf(call)['custom'])
        whole = joined(whole, callText(made['name'], made['arguments'] ?? made['input']))
      }
      const legacy = message['function_call']
      if (isJsonObject(legacy)) {
        whole = joined(whole, callText(legacy['name'], legacy['arguments']))
      }
      return { role: 'assistant', text: whole }
    }
    case 'tool':
    case 'function':
      return { role: 'tool', text }
    default:
      return { role: 'user', text }
  }
}

/** One item of the input of Responses; `undefined` for what is not resent faithfully or is no text. */
const inputTurn = (item: JsonObject): PromptTurn | undefined => {
  const type = stringOf(item['type'])
  if (type === '' || type === 'message') return chatTurn(item)
  if (type.endsWith('_output')) {
    const output = item['output']
    return { role: 'tool', text: textOf(output) || textOfJson(output) }
  }
  if (!type.endsWith('_call')) return undefined
  const asked = item['arguments'] ?? item['input'] ?? item['action'] ?? ''
  return { role: 'assistant', text: callText(item['name'] ?? type, asked) }
}

/** Instructions first, then the turns: later instructions come and go during a conversation. */
const conversation = (
  system: string,
  items: readonly unknown[],
  turnOf: (item: JsonObject) => PromptTurn | undefined,
): Pick<Prompt, 'system' | 'turns'> => {
  let instructions = system
  const turns: PromptTurn[] = []
  for (const item of items) {
    if (!isJsonObject(item)) continue
    if (turns.length === 0 && isInstructions(item['role'])) {
      instructions = joined(instructions, textOf(item['content']))
      continue
    }
    const turn = turnOf(item)
    if (turn !== undefined) turns.push(turn)
  }
  return { system: instructions, turns }
}

const responsesPrompt = (body: JsonObject): Pick<Prompt, 'system' | 'turns'> => {
  const { input } = body
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : listOf(input)
  const read = conversation(textOf(body['instructions']), items, inputTurn)
  const goesOn = (body['previous_response_id'] ?? body['conversation'] ?? null) !== null
  return goesOn ? { ...read, turns: [UNSEEN_HISTORY, ...read.turns] } : read
}

/** Prompts of a legacy completion; those of token ids have no text. */
const completionTurns = (prompt: unknown): readonly PromptTurn[] => {
  const prompts = typeof prompt === 'string' ? [prompt] : listOf(prompt)
  return prompts.flatMap((text) => (typeof text === 'string' ? [{ role: 'user', text }] : []))
}

/** The prompt of a body of this dialect; see the seam `Dialect.prompt`. */
export const openaiPrompt = (route: Route, json: unknown): Prompt | undefined => {
  if (!isJsonObject(json)) return undefined
  const whole = (read: Pick<Prompt, 'system' | 'turns'>): Prompt => ({
    ...read,
    tools: toolsOf(json['tools'] ?? json['functions'], readTool),
    decode: decodeOf(json, DECODE),
  })
  switch (route.operation) {
    case 'chat.completions.create':
      return whole(conversation('', listOf(json['messages']), chatTurn))
    case 'responses.create':
      return whole(responsesPrompt(json))
    case 'completions.create':
      return whole({ system: '', turns: completionTurns(json['prompt']) })
    default:
      return undefined
  }
}
