import type { Route } from '../core/call.ts'
import type { Prompt, PromptTurn } from '../core/traits.ts'
import { decodeFields, decodeOf } from './decode-prompt.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { callText, joined, listOf, stringOf, textOf, textOfJson } from './text-prompt.ts'
import { builtInTool, parameterNames, toolsOf, type PromptTool } from './tools-prompt.ts'

const DECODE = decodeFields([
  ['temperature', ['temperature']],
  ['top_p', ['top_p']],
  ['top_k', ['top_k']],
  ['max_tokens', ['max_tokens'], ['max_tokens_to_sample']],
  ['stop', ['stop_sequences']],
  ['effort', ['output_config', 'effort']],
  ['thoughts', ['thinking']],
  ['budget', ['thinking', 'budget_tokens']],
  ['stream', ['stream']],
  ['format', ['output_config', 'format'], ['output_format']],
  ['tool_choice', ['tool_choice']],
  ['parallel_tools', ['tool_choice', 'disable_parallel_tool_use']],
  ['service_tier', ['service_tier']],
])

const readTool = (entry: unknown): readonly PromptTool[] =>
  isJsonObject(entry) && isJsonObject(entry['input_schema'])
    ? [{ name: stringOf(entry['name']), parameters: parameterNames(entry['input_schema']) }]
    : [builtInTool(entry)]

/** An answer: its texts and the tools it called. Thinking is left out, since it need not be sent again. */
const answerText = (content: unknown): string => {
  let text = textOf(content)
  for (const block of listOf(content)) {
    if (isJsonObject(block) && stringOf(block['type']).endsWith('tool_use')) {
      text = joined(text, callText(block['name'], block['input']))
    }
  }
  return text
}

/** What one message of the user holds: results of tools, each a turn, and what was said. */
const userTurns = (content: unknown): readonly PromptTurn[] => {
  const turns: PromptTurn[] = []
  for (const block of listOf(content)) {
    if (!isJsonObject(block) || !stringOf(block['type']).endsWith('tool_result')) continue
    const result = block['content']
    turns.push({ role: 'tool', text: textOf(result) || textOfJson(result ?? '') })
  }
  const text = textOf(content)
  if (text !== '' || turns.length === 0) turns.push({ role: 'user', text })
  return turns
}

const turnsOf = (messages: unknown): readonly PromptTurn[] => {
  const turns: PromptTurn[] = []
  for (const message of listOf(messages)) {
    if (!isJsonObject(message)) continue
    const { role, content } = message
    if (role === 'assistant') turns.push({ role, text: answerText(content) })
    else for (const turn of userTurns(content)) turns.push(turn)
  }
  return turns
}

const promptOf = (body: JsonObject, turns: readonly PromptTurn[]): Prompt => ({
  system: textOf(body['system']),
  turns,
  tools: toolsOf(body['tools'], readTool),
  decode: decodeOf(body, DECODE),
})

/** The prompt of a body of this dialect; see the seam `Dialect.prompt`. */
export const anthropicPrompt = (route: Route, json: unknown): Prompt | undefined => {
  if (!isJsonObject(json)) return undefined
  switch (route.operation) {
    case 'messages.create':
      return promptOf(json, turnsOf(json['messages']))
    case 'completions.create':
      return promptOf(json, [{ role: 'user', text: stringOf(json['prompt']) }])
    default:
      return undefined
  }
}
