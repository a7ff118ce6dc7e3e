import type { Refusal } from '../core/seams.ts'
import { ANTHROPIC_LIMITS } from './anthropic-limits.ts'
import { challengeObject } from './challenge-object.ts'
import { bodyKind } from './content-type.ts'
import { refusalAnswer, type RefusalAnswer } from './refusal-answer.ts'

/** Header from which Anthropic's SDKs read the request id. */
export const ANTHROPIC_REQUEST_ID = 'request-id'

const NO_BYTES = new Uint8Array()

/** Anthropic's own status for an API that has more calls than it can serve. */
const OVERLOADED = 529

/** 529 where it is the model API that is overloaded; whatever else is ours keeps its status. */
const statusOf = ({ status, code }: Refusal): number =>
  code === 'upstream_overloaded' ? OVERLOADED : status

/** Anthropic's word for the kind of error, by status. */
const typeOf = (status: number): string => {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    case 504:
      return 'timeout_error'
    default:
      return status >= 500 ? 'api_error' : 'invalid_request_error'
  }
}

const envelopeOf = (refusal: Refusal) => ({
  type: 'error',
  error: {
    type: typeOf(refusal.status),
    message: refusal.message,
    code: refusal.code,
    ...(refusal.challenge && { challenge: challengeObject(refusal.challenge) }),
  },
  request_id: refusal.id,
})

/** The error envelope of Anthropic, `{"type": "error", "error": {type, message}, "request_id"}`. */
export const refuseAsAnthropic = (refusal: Refusal): RefusalAnswer =>
  refusalAnswer(refusal, {
    status: statusOf(refusal),
    requestIdHeader: ANTHROPIC_REQUEST_ID,
    json: envelopeOf(refusal),
    limits: ANTHROPIC_LIMITS,
  })

/**
 * The `error` event, the only one that Anthropic's SDKs raise. The line feed before it ends whatever line
 * the upstream left open; the name of the open event gives way to this one.
 */
export const breakAnthropicStream = (
  refusal: Refusal,
  contentType: string | undefined,
): Uint8Array =>
  bodyKind(contentType) === 'events'
    ? Buffer.from(`\nevent: error\ndata: ${JSON.stringify(envelopeOf(refusal))}\n\n`)
    : NO_BYTES
