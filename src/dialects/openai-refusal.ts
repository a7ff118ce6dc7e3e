import type { Refusal } from '../core/seams.ts'
import { challengeObject } from './challenge-object.ts'
import { bodyKind } from './content-type.ts'
import { OPENAI_LIMITS } from './openai-limits.ts'
import { LONGEST_RETRY_MS, refusalAnswer, waitMsOf, type RefusalAnswer } from './refusal-answer.ts'

/** Header from which OpenAI's SDKs read the request id. */
export const OPENAI_REQUEST_ID = 'x-request-id'

const NO_BYTES = new Uint8Array()

/** OpenAI's word for the kind of error, by status. 429 says what ran out: calls, tokens, or a budget. */
const typeOf = (refusal: Refusal): string => {
  const { status } = refusal
  if (status === 429) {
    const long = refusal.code === 'limit_exceeded' && (waitMsOf(refusal) ?? 0) > LONGEST_RETRY_MS
    if (long || refusal.counted === 'usd') return 'insufficient_quota'
    const { counted = 'requests' } = refusal
    return counted === 'requests' || counted === 'concurrent' ? 'requests' : 'tokens'
  }
  if (status === 403) return 'request_forbidden'
  if (status === 503) return 'service_unavailable_error'
  return status >= 500 ? 'server_error' : 'invalid_request_error'
}

const errorOf = (refusal: Refusal) => ({
  message: refusal.message,
  type: typeOf(refusal),
  // Both are null on OpenAI's own wire where they do not apply, never missing.
  param: null,
  code: refusal.code,
  ...(refusal.challenge && { challenge: challengeObject(refusal.challenge) }),
})

/** The error envelope of OpenAI, `{"error": {message, type, param, code}}`. */
export const refuseAsOpenai = (refusal: Refusal): RefusalAnswer =>
  refusalAnswer(refusal, {
    status: refusal.status,
    requestIdHeader: OPENAI_REQUEST_ID,
    json: { error: errorOf(refusal) },
    limits: OPENAI_LIMITS,
  })

/**
 * An error event that Chat Completions and Responses clients raise alike: the event is named `error`,
 * holds the `error` object of the one and the flat members of the other. The line feed before it ends
 * whatever line the upstream left open. There is no `[DONE]`: with it the answer would pass for whole.
 */
export const breakOpenaiStream = (
  refusal: Refusal,
  contentType: string | undefined,
): Uint8Array => {
  if (bodyKind(contentType) !== 'events') return NO_BYTES
  const error = errorOf(refusal)
  const { message, param, code } = error
  const event = { type: 'error', sequence_number: 0, code, message, param, error }
  return Buffer.from(`\nevent: error\ndata: ${JSON.stringify(event)}\n\n`)
}
