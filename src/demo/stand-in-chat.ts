import { dataEvent, jsonAnswer, streamAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { openaiHeaders, openaiUsage } from './stand-in-openai.ts'
import { numberOf, objectOf, objectsOf, textOf, type StandInRequest } from './stand-in-request.ts'
import { argumentsFor, isPersonsTurn, seedOf, speak, type Speech } from './stand-in-words.ts'

type Choice = {
  readonly index: number
  readonly speech: Speech
  readonly call: { readonly id: string; readonly name: string; readonly json: string } | undefined
}

const callOf = ({ body, number }: StandInRequest, index: number): Choice['call'] => {
  const tool = objectsOf(body, 'tools')[0]
  if (tool === undefined || body['tool_choice'] === 'none') return undefined
  if (!isPersonsTurn(body, 'messages')) return undefined
  const definition = objectOf(tool, 'function')
  return {
    id: `call_${number}_${index}`,
    name: textOf(definition, 'name') ?? 'tool',
    json: JSON.stringify(argumentsFor(objectOf(definition, 'parameters'))),
  }
}

const choicesOf = (request: StandInRequest): Choice[] => {
  const { body } = request
  const cap = numberOf(body, 'max_completion_tokens') ?? numberOf(body, 'max_tokens')
  const count = Math.min(128, Math.max(1, numberOf(body, 'n') ?? 1))
  return Array.from({ length: count }, (_, index) => ({
    index,
    speech: speak(`${index} ${seedOf(body, 'messages')}`, cap),
    call: callOf(request, index),
  }))
}

const reasonOf = ({ call, speech }: Choice): string => {
  if (call !== undefined) return 'tool_calls'
  return speech.cut ? 'length' : 'stop'
}

const outputTokensOf = (choices: readonly Choice[]): number =>
  choices.reduce(
    (sum, { call, speech }) =>
      sum + (call === undefined ? speech.tokens.length : Math.ceil(call.json.length / 4) + 8),
    0,
  )

const toolCallOf = (call: NonNullable<Choice['call']>): object => ({
  id: call.id,
  type: 'function',
  function: { name: call.name, arguments: call.json },
})

const messageOf = ({ call, speech }: Choice): object => ({
  role: 'assistant',
  content: call === undefined ? speech.tokens.join('') : null,
  ...(call === undefined ? {} : { tool_calls: [toolCallOf(call)] }),
  refusal: null,
  annotations: [],
})

const deltasOf = ({ call, speech }: Choice): object[] => {
  if (call === undefined) {
    return [
      { role: 'assistant', content: '', refusal: null },
      ...speech.tokens.map((content) => ({ content })),
    ]
  }
  const half = Math.ceil(call.json.length / 2)
  const opening = { ...toolCallOf({ ...call, json: '' }), index: 0 }
  return [
    { role: 'assistant', content: null, tool_calls: [opening], refusal: null },
    ...[call.json.slice(0, half), call.json.slice(half)].map((json) => ({
      tool_calls: [{ index: 0, function: { arguments: json } }],
    })),
  ]
}

const eventsOf = (request: StandInRequest, choices: readonly Choice[], base: object): string[] => {
  const withUsage = objectOf(request.body, 'stream_options')['include_usage'] === true
  const chunk = (more: object): string =>
    dataEvent({
      ...base,
      object: 'chat.completion.chunk',
      ...(withUsage ? { usage: null } : {}),
      ...more,
    })
  const choiceChunk = (index: number, delta: object, reason: string | null): string =>
    chunk({
      choices: [{ index, delta, logprobs: null, finish_reason: reason }],
      obfuscation: 'x'.repeat(1 + (index % 8)),
    })
  const deltas = choices.map(deltasOf)
  const longest = Math.max(...deltas.map((each) => each.length))
  const events: string[] = []
  for (let turn = 0; turn < longest; turn++) {
    for (const { index } of choices) {
      const delta = deltas[index]?.[turn]
      if (delta !== undefined) events.push(choiceChunk(index, delta, null))
    }
  }
  for (const choice of choices) events.push(choiceChunk(choice.index, {}, reasonOf(choice)))
  if (withUsage) {
    events.push(chunk({ choices: [], usage: openaiUsage(request, outputTokensOf(choices)) }))
  }
  return [...events, 'data: [DONE]\n\n']
}

/** OpenAI Chat Completions: text, several choices, one tool call, and the stream of any of them. */
export const answerChat = (request: StandInRequest): StandInAnswer => {
  const { body, number, atMs } = request
  const choices = choicesOf(request)
  const base = {
    id: `chatcmpl-${number}`,
    created: Math.floor(atMs / 1000),
    model: textOf(body, 'model') ?? '',
    service_tier: 'default',
    system_fingerprint: 'fp_standin',
  }
  if (body['stream'] === true) {
    return streamAnswer(eventsOf(request, choices, base), openaiHeaders(request))
  }
  return jsonAnswer(
    {
      ...base,
      object: 'chat.completion',
      choices: choices.map((choice) => ({
        index: choice.index,
        message: messageOf(choice),
        logprobs: null,
        finish_reason: reasonOf(choice),
      })),
      usage: openaiUsage(request, outputTokensOf(choices)),
    },
    openaiHeaders(request),
  )
}
