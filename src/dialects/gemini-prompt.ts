import type { Route } from '../core/call.ts'
import type { Prompt, PromptTurn } from '../core/traits.ts'
import { decodeFields, decodeOf, type DecodeField } from './decode-prompt.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { callText, joined, listOf, objectOf, stringOf, textOf, textOfJson } from './text-prompt.ts'
import { parameterNames, toolsOf, type PromptTool } from './tools-prompt.ts'

const THINKING = ['thinkingConfig', 'thinking_config'] as const

const thinkingField = (name: string, camel: string, snake: string): DecodeField => [
  name,
  ...THINKING.flatMap((config) => [
    [config, camel],
    [config, snake],
  ]),
]

/** Fields of `generationConfig`, in both spellings of Google's JSON. */
const DECODE = decodeFields([
  ['temperature', ['temperature']],
  ['top_p', ['topP'], ['top_p']],
  ['top_k', ['topK'], ['top_k']],
  ['max_tokens', ['maxOutputTokens'], ['max_output_tokens']],
  ['stop', ['stopSequences'], ['stop_sequences']],
  ['n', ['candidateCount'], ['candidate_count']],
  ['seed', ['seed']],
  ['frequency_penalty', ['frequencyPenalty'], ['frequency_penalty']],
  ['presence_penalty', ['presencePenalty'], ['presence_penalty']],
  thinkingField('effort', 'thinkingLevel', 'thinking_level'),
  thinkingField('thoughts', 'includeThoughts', 'include_thoughts'),
  thinkingField('budget', 'thinkingBudget', 'thinking_budget'),
  ['logprobs', ['logprobs'], ['responseLogprobs'], ['response_logprobs']],
  ['format', ['responseMimeType'], ['response_mime_type']],
])

const either = (object: JsonObject, camel: string, snake: string): unknown =>
  object[camel] ?? object[snake]

const readTools = (entry: unknown): readonly PromptTool[] => {
  const tool = objectOf(entry)
  const declared = either(tool, 'functionDeclarations', 'function_declarations')
  if (declared === undefined) {
    // A built-in tool is a member with settings: `{"googleSearch": {}}`.
    for (const name in tool) return [{ name, parameters: [] }]
    return []
  }
  return listOf(declared).map((item) => {
    const one = objectOf(item)
    const schema =
      either(one, 'parametersJsonSchema', 'parameters_json_schema') ?? one['parameters']
    return { name: stringOf(one['name']), parameters: parameterNames(schema) }
  })
}

/** The turns of one content: its texts and calls as one, each result of a tool as one before it. */
const addTurns = (content: unknown, turns: PromptTurn[]): void => {
  const { role, parts } = objectOf(content)
  let text = ''
  let results = 0
  for (const item of isJsonObject(parts) ? [parts] : listOf(parts)) {
    const part = objectOf(item)
    const call = either(part, 'functionCall', 'function_call')
    const response = either(part, 'functionResponse', 'function_response')
    // Thoughts need not be sent again.
    if (typeof part['text'] === 'string' && part['thought'] !== true) {
      text = joined(text, part['text'])
    } else if (isJsonObject(call)) text = joined(text, callText(call['name'], call['args']))
    else if (isJsonObject(response)) {
      results++
      turns.push({ role: 'tool', text: textOfJson(response['response'] ?? '') })
    }
  }
  if (text !== '' || results === 0) {
    turns.push({ role: role === 'model' ? 'assistant' : 'user', text })
  }
}

/** The prompt of a body of this dialect; see the seam `Dialect.prompt`. */
export const geminiPrompt = (route: Route, json: unknown): Prompt | undefined => {
  const { operation } = route
  const generates =
    operation === 'models.generateContent' || operation === 'models.streamGenerateContent'
  if (!generates || !isJsonObject(json)) return undefined
  const turns: PromptTurn[] = []
  const { contents } = json
  for (const content of isJsonObject(contents) ? [contents] : listOf(contents)) {
    addTurns(content, turns)
  }
  const instruction = objectOf(either(json, 'systemInstruction', 'system_instruction'))
  const config = objectOf(either(json, 'generationConfig', 'generation_config'))
  return {
    system: textOf(instruction['parts']),
    turns,
    tools: toolsOf(json['tools'], readTools),
    decode: [...decodeOf(config, DECODE), ...(route.stream === true ? ['stream=true'] : [])],
  }
}
