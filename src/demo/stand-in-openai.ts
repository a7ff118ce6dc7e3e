import { inputTokensOf } from './stand-in-words.ts'
import type { StandInRequest } from './stand-in-request.ts'

/** Headers of an OpenAI answer; the resets are durations as text, as OpenAI writes them. */
export const openaiHeaders = ({
  number,
  bodyBytes,
}: StandInRequest): { readonly [name: string]: string } => ({
  'x-request-id': `req_${number.toString(16).padStart(32, '0')}`,
  'openai-organization': 'stand-in',
  'openai-processing-ms': '40',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-limit-tokens': '2000000',
  'x-ratelimit-remaining-requests': String(9_999 - (number % 100)),
  'x-ratelimit-remaining-tokens': String(2_000_000 - inputTokensOf(bodyBytes)),
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-reset-tokens': '1s',
})

/** Usage of a Chat Completion or Completion. */
export const openaiUsage = ({ bodyBytes }: StandInRequest, outputTokens: number): object => {
  const inputTokens = inputTokensOf(bodyBytes)
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
