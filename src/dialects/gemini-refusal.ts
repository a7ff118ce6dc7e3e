import type { Offer } from '../core/challenge.ts'
import type { Refusal } from '../core/seams.ts'
import { challengeObject } from './challenge-object.ts'
import { bodyKind } from './content-type.ts'
import { GEMINI_LIMITS, quotaFailureOf } from './gemini-limits.ts'
import { refusalAnswer, waitMsOf, type RefusalAnswer } from './refusal-answer.ts'

/** Google names no header for a request id; this one is what its clients' users look for. */
export const GEMINI_REQUEST_ID = 'x-request-id'

const NO_BYTES = new Uint8Array()
const S_MS = 1_000

/** Google answers a missing or malformed API key with 400. */
const statusOf = (status: number): number => (status === 401 ? 400 : status)

/** Canonical name of a status (google.rpc.Code). */
const nameOf = (status: number): string => {
  switch (status) {
    case 403:
      return 'PERMISSION_DENIED'
    case 404:
      return 'NOT_FOUND'
    case 405:
      return 'UNIMPLEMENTED'
    case 408:
    case 504:
      return 'DEADLINE_EXCEEDED'
    case 429:
      return 'RESOURCE_EXHAUSTED'
    case 500:
      return 'INTERNAL'
    default:
      return status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT'
  }
}

/** ErrorInfo: Google's own reason where a key is missing, else ours. `metadata.code` is always ours. */
const errorInfoOf = ({ status, code, id }: Refusal) => {
  const key = status === 401
  return {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: key ? 'API_KEY_INVALID' : code.toUpperCase(),
    domain: key ? 'googleapis.com' : 'stillwatch',
    metadata: {
      code,
      request_id: id,
      ...(key && { service: 'generativelanguage.googleapis.com' }),
    },
  }
}

/** The only place Google's clients look for a wait: a duration such as `26s` or `0.174s`. */
const retryInfoOf = (waitMs: number) => ({
  '@type': 'type.googleapis.com/google.rpc.RetryInfo',
  retryDelay: `${waitMs / S_MS}s`,
})

/** Google's clients pass on every entry of `details`, known or not. */
const challengeDetail = (offer: Offer) => ({
  '@type': 'stillwatch.Challenge',
  ...challengeObject(offer),
})

const errorOf = (refusal: Refusal) => {
  const status = statusOf(refusal.status)
  const waitMs = waitMsOf(refusal)
  const failure = quotaFailureOf(refusal.limits ?? [])
  return {
    code: status,
    message: refusal.message,
    status: nameOf(status),
    details: [
      errorInfoOf(refusal),
      ...(waitMs === undefined ? [] : [retryInfoOf(waitMs)]),
      ...(failure === undefined ? [] : [failure]),
      ...(refusal.challenge === undefined ? [] : [challengeDetail(refusal.challenge)]),
    ],
  }
}

/** Google's error envelope, `{"error": {code, message, status, details}}`; 401 becomes 400. */
export const refuseAsGemini = (refusal: Refusal): RefusalAnswer =>
  refusalAnswer(refusal, {
    status: statusOf(refusal.status),
    requestIdHeader: GEMINI_REQUEST_ID,
    json: { error: errorOf(refusal) },
    limits: GEMINI_LIMITS,
  })

/**
 * An event whose data is the error envelope, which the official SDK raises since 3.0, named as an
 * interaction's error event too. Older versions hand such an event to the caller as a chunk; for them
 * the envelope follows bare and without a blank line, which they can only fail on. A stream that comes
 * as a JSON array has no place for an error: it is cut.
 */
export const breakGeminiStream = (
  refusal: Refusal,
  contentType: string | undefined,
): Uint8Array => {
  if (bodyKind(contentType) !== 'events') return NO_BYTES
  const envelope = JSON.stringify({ event_type: 'error', error: errorOf(refusal) })
  return Buffer.from(`\ndata: ${envelope}\n\n${envelope}`)
}
