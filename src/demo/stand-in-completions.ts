import { dataEvent, jsonAnswer, streamAnswer, type StandInAnswer } from './stand-in-answer.ts'
import { openaiHeaders, openaiUsage } from './stand-in-openai.ts'
import { numberOf, objectOf, textOf, type StandInRequest } from './stand-in-request.ts'
import { seedOf, speak } from './stand-in-words.ts'

const choice = (text: string, finish: string | null): object => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason: finish,
})

/** OpenAI Completions, plain and as a stream. */
export const answerCompletion = (request: StandInRequest): StandInAnswer => {
  const { body, number, atMs } = request
  const speech = speak(seedOf(body, 'prompt'), numberOf(body, 'max_tokens') ?? 16)
  const reason = speech.cut ? 'length' : 'stop'
  const usage = openaiUsage(request, speech.tokens.length)
  const base = {
    id: `cmpl-${number}`,
    object: 'text_completion',
    created: Math.floor(atMs / 1000),
    model: textOf(body, 'model') ?? '',
  }
  if (body['stream'] !== true) {
    return jsonAnswer(
      { ...base, choices: [choice(speech.tokens.join(''), reason)], usage },
      openaiHeaders(request),
    )
  }
  const withUsage = objectOf(body, 'stream_options')['include_usage'] === true
  const chunk = (choices: readonly object[], more: object = {}): string =>
    dataEvent({ ...base, choices, ...(withUsage ? { usage: null } : {}), ...more })
  return streamAnswer(
    [
      ...speech.tokens.map((token) => chunk([choice(token, null)])),
      chunk([choice('', reason)]),
      ...(withUsage ? [chunk([], { usage })] : []),
      'data: [DONE]\n\n',
    ],
    openaiHeaders(request),
  )
}
