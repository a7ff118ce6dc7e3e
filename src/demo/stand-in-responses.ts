import { jsonAnswer, namedEvent, streamAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { openaiHeaders } from './stand-in-openai.ts'
import { numberOf, objectOf, objectsOf, textOf, type StandInRequest } from './stand-in-request.ts'
import { argumentsFor, inputTokensOf, isPersonsTurn, seedOf, speak } from './stand-in-words.ts'

/** One item of the output, finished, with the events that build it up. */
type Item = {
  readonly item: object
  readonly tokens: number
  readonly cut: boolean
  events(emit: (type: string, data: object) => void): void
}

const textItem = ({ body, number }: StandInRequest): Item => {
  const { tokens, cut } = speak(seedOf(body, 'input'), numberOf(body, 'max_output_tokens'))
  const id = `msg_${number}`
  const text = tokens.join('')
  const part = { type: 'output_text', text, annotations: [], logprobs: [] }
  const item = (status: string, content: readonly object[]): object => ({
    id,
    type: 'message',
    status,
    role: 'assistant',
    content,
  })
  const at = { item_id: id, output_index: 0, content_index: 0 }
  const done = item('completed', [part])
  return {
    item: done,
    tokens: tokens.length,
    cut,
    events: (emit) => {
      emit('response.output_item.added', { output_index: 0, item: item('in_progress', []) })
      emit('response.content_part.added', { ...at, part: { ...part, text: '' } })
      for (const delta of tokens) {
        emit('response.output_text.delta', { ...at, delta, logprobs: [] })
      }
      emit('response.output_text.done', { ...at, text, logprobs: [] })
      emit('response.content_part.done', { ...at, part })
      emit('response.output_item.done', { output_index: 0, item: done })
    },
  }
}

const callItem = ({ body, number }: StandInRequest): Item | undefined => {
  const tool = objectsOf(body, 'tools').find(({ type }) => type === 'function')
  if (tool === undefined || body['tool_choice'] === 'none') return undefined
  if (!isPersonsTurn(body, 'input')) return undefined
  const id = `fc_${number}`
  const json = JSON.stringify(argumentsFor(objectOf(tool, 'parameters')))
  const item = (status: string, written: string): object => ({
    id,
    type: 'function_call',
    status,
    call_id: `call_${number}`,
    name: textOf(tool, 'name') ?? 'tool',
    arguments: written,
  })
  const at = { item_id: id, output_index: 0 }
  const done = item('completed', json)
  return {
    item: done,
    tokens: Math.ceil(json.length / 4) + 8,
    cut: false,
    events: (emit) => {
      emit('response.output_item.added', { output_index: 0, item: item('in_progress', '') })
      emit('response.function_call_arguments.delta', { ...at, delta: json })
      emit('response.function_call_arguments.done', { ...at, arguments: json })
      emit('response.output_item.done', { output_index: 0, item: done })
    },
  }
}

/** OpenAI Responses: one message or one function call, plain and as a stream of its basic events. */
export const answerResponses = (request: StandInRequest): StandInAnswer => {
  const { body, bodyBytes, number, atMs } = request
  const item = callItem(request) ?? textItem(request)
  const inputTokens = inputTokensOf(bodyBytes)
  const response = (status: string, output: readonly object[], usage: object | null): object => ({
    id: `resp_${number}`,
    object: 'response',
    created_at: Math.floor(atMs / 1000),
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    instructions: body['instructions'] ?? null,
    max_output_tokens: body['max_output_tokens'] ?? null,
    metadata: {},
    model: textOf(body, 'model') ?? '',
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: body['tool_choice'] ?? 'auto',
    tools: body['tools'] ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage,
    user: null,
  })
  const status = item.cut ? 'incomplete' : 'completed'
  const finished = response(status, [item.item], {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: item.tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + item.tokens,
  })
  if (body['stream'] !== true) return jsonAnswer(finished, openaiHeaders(request))
  const pieces: string[] = []
  const emit = (type: string, data: object): void => {
    pieces.push(namedEvent(type, { sequence_number: pieces.length, ...data }))
  }
  emit('response.created', { response: response('in_progress', [], null) })
  emit('response.in_progress', { response: response('in_progress', [], null) })
  item.events(emit)
  emit(`response.${status}`, { response: finished })
  return streamAnswer(pieces, openaiHeaders(request))
}
