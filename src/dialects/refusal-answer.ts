import { FAULTS, type FaultCode } from '../core/fault.ts'
import type { Refusal } from '../core/seams.ts'

/** An answer of the guard's own, ready to be sent. */
export type RefusalAnswer = {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
}

const S_MS = 1_000

/**
 * Waits that SDKs still take at their word: OpenAI's and Anthropic's Python drop longer ones and come
 * back after half a second, Anthropic's TypeScript sleeps however long it is told.
 */
export const LONGEST_RETRY_MS = 60_000

/** The wait in milliseconds where one is known: a whole number of at least 1. */
export const waitMsOf = ({ retryAfterMs }: Refusal): number | undefined => {
  if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return undefined
  // "Now" would bring the SDKs back at once; a second is the shortest wait that slows anybody.
  return retryAfterMs > 0 ? Math.ceil(retryAfterMs) : S_MS
}

/** Whether an SDK that retries by itself may do so. */
const mayRetry = (refusal: Refusal): boolean => {
  const { code, retryAfterMs = 0 } = refusal
  if (code === 'denied' || code === 'challenge_required') return false
  if (code in FAULTS && !FAULTS[code as FaultCode].retryable) return false
  return retryAfterMs <= LONGEST_RETRY_MS
}

/**
 * A refusal with its headers: the request id where the dialect's SDK looks for it, the true wait in
 * seconds and milliseconds, and `x-should-retry: false` where a retry cannot help. The header is never
 * `true`, which would make SDKs retry even a 403.
 */
export const refusalAnswer = (
  refusal: Refusal,
  options: { readonly status: number; readonly requestIdHeader: string; readonly json: unknown },
): RefusalAnswer => {
  const body = Buffer.from(JSON.stringify(options.json))
  const rawHeaders = [
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
    options.requestIdHeader,
    refusal.id,
    'x-stillwatch-decision',
    refusal.id,
  ]
  const waitMs = waitMsOf(refusal)
  if (waitMs !== undefined) {
    rawHeaders.push('retry-after', String(Math.ceil(waitMs / S_MS)))
    rawHeaders.push('retry-after-ms', String(waitMs))
  }
  if (!mayRetry(refusal)) rawHeaders.push('x-should-retry', 'false')
  return { status: options.status, rawHeaders, body }
}
