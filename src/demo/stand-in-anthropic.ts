import { jsonAnswer, namedEvent, streamAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { answerAnthropicModels } from './stand-in-lists.ts'
import { numberOf, objectOf, objectsOf, textOf, type StandInRequest } from './stand-in-request.ts'
import { argumentsFor, inputTokensOf, isPersonsTurn, seedOf, speak } from './stand-in-words.ts'

/** Headers of an Anthropic answer; the resets are RFC 3339 times, as Anthropic writes them. */
export const anthropicHeaders = ({
  number,
  atMs,
}: StandInRequest): { readonly [name: string]: string } => {
  const reset = new Date(Math.ceil(atMs / 60_000) * 60_000).toISOString()
  const limits = {
    requests: 4_000,
    tokens: 480_000,
    'input-tokens': 400_000,
    'output-tokens': 80_000,
  }
  return {
    'request-id': `req_${number.toString(36).padStart(24, '0')}`,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    ...Object.fromEntries(
      Object.entries(limits).flatMap(([name, limit]) => [
        [`anthropic-ratelimit-${name}-limit`, String(limit)],
        [`anthropic-ratelimit-${name}-remaining`, String(limit - (number % 100))],
        [`anthropic-ratelimit-${name}-reset`, reset],
      ]),
    ),
  }
}

type Block = {
  readonly block: object
  /** The block as it starts and the pieces that fill it. */
  readonly start: object
  readonly deltas: readonly object[]
  readonly stopReason: string
  readonly tokens: number
}

const toolBlock = ({ body, number }: StandInRequest): Block | undefined => {
  const tool = objectsOf(body, 'tools')[0]
  if (tool === undefined || objectOf(body, 'tool_choice')['type'] === 'none') return undefined
  if (!isPersonsTurn(body, 'messages')) return undefined
  const input = argumentsFor(objectOf(tool, 'input_schema'))
  const block = { type: 'tool_use', id: `toolu_${number}`, name: textOf(tool, 'name') ?? 'tool' }
  const json = JSON.stringify(input)
  const half = Math.ceil(json.length / 2)
  return {
    block: { ...block, input },
    start: { ...block, input: {} },
    deltas: ['', json.slice(0, half), json.slice(half)].map((part) => ({
      type: 'input_json_delta',
      partial_json: part,
    })),
    stopReason: 'tool_use',
    tokens: Math.ceil(json.length / 4) + 8,
  }
}

const textBlock = ({ body }: StandInRequest): Block => {
  const { tokens, cut } = speak(seedOf(body, 'messages'), numberOf(body, 'max_tokens'))
  return {
    block: { type: 'text', text: tokens.join('') },
    start: { type: 'text', text: '' },
    deltas: tokens.map((text) => ({ type: 'text_delta', text })),
    stopReason: cut ? 'max_tokens' : 'end_turn',
    tokens: tokens.length,
  }
}

const answerMessages = (request: StandInRequest): StandInAnswer => {
  const { body, bodyBytes, number } = request
  const block = toolBlock(request) ?? textBlock(request)
  const usage = (outputTokens: number): object => ({
    input_tokens: inputTokensOf(bodyBytes),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
    service_tier: 'standard',
  })
  const message = (content: readonly object[], stopReason: string | null, out: number): object => ({
    id: `msg_${number}`,
    type: 'message',
    role: 'assistant',
    model: textOf(body, 'model') ?? '',
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: usage(out),
  })
  const headers = anthropicHeaders(request)
  if (body['stream'] !== true) {
    return jsonAnswer(message([block.block], block.stopReason, block.tokens), headers)
  }
  return streamAnswer(
    [
      namedEvent('message_start', { message: message([], null, 1) }),
      namedEvent('content_block_start', { index: 0, content_block: block.start }),
      namedEvent('ping', {}),
      ...block.deltas.map((delta) => namedEvent('content_block_delta', { index: 0, delta })),
      namedEvent('content_block_stop', { index: 0 }),
      namedEvent('message_delta', {
        delta: { stop_reason: block.stopReason, stop_sequence: null },
        usage: { output_tokens: block.tokens },
      }),
      namedEvent('message_stop', {}),
    ],
    headers,
  )
}

/** Anthropic Messages with one text or one tool use, plain and streamed; token counts; models. */
export const answerAnthropic = (request: StandInRequest): StandInAnswer | undefined => {
  const { path, bodyBytes } = request
  if (path === '/v1/messages') return answerMessages(request)
  if (path === '/v1/messages/count_tokens') {
    return jsonAnswer({ input_tokens: inputTokensOf(bodyBytes) }, anthropicHeaders(request))
  }
  if (path === '/v1/models' || path.startsWith('/v1/models/')) {
    return answerAnthropicModels(request, anthropicHeaders(request))
  }
  return undefined
}
