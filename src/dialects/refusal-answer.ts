import { FAULTS, type FaultCode } from '../core/fault.ts'
import type { LimitState } from '../core/decision.ts'
import type { Refusal } from '../core/seams.ts'
import { limitHeadersOf, type LimitWire } from './limit-groups.ts'

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

/**
 * The most whole seconds that a timer of Node's keeps (31 bits of milliseconds, 24.8 days): a longer one
 * fires at once, so that a client which sleeps as long as it is told would come back without end.
 */
const LONGEST_TOLD_MS = 2_147_483_000

/**
 * The wait in milliseconds where one is known: a whole number of at least 1. What is longer than clients
 * can sleep is told as the longest they can; the text and the limit's own reset tell the rest.
 */
export const waitMsOf = ({ retryAfterMs }: Refusal): number | undefined => {
  if (retryAfterMs === undefined || !Number.isFinite(retryAfterMs)) return undefined
  // "Now" would bring the SDKs back at once; a second is the shortest wait that slows anybody.
  return retryAfterMs > 0 ? Math.min(LONGEST_TOLD_MS, Math.ceil(retryAfterMs)) : S_MS
}

/**
 * The limits of a refused call. One that refused has room again after the wait at the latest, which may
 * be before its window ends.
 */
const limitsOf = ({ limits = [], retryAfterMs = Infinity }: Refusal): readonly LimitState[] =>
  limits.map((state) =>
    state.exceeded && retryAfterMs > 0 && retryAfterMs < state.resetMs
      ? { ...state, resetMs: retryAfterMs }
      : state,
  )

const pushLimits = (rawHeaders: string[], refusal: Refusal, wire: LimitWire): void => {
  const { atMs, limitsAgeMs = 0 } = refusal
  const told = limitHeadersOf(wire, limitsOf(refusal), atMs, limitsAgeMs)
  if (told === undefined) return
  rawHeaders.push(...told.fields)
  for (const { names, values } of told.groups) {
    for (const [at, name] of names.entries()) rawHeaders.push(name, values[at] ?? '')
  }
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
 * seconds and milliseconds, what is left of the caller's own limits where they were asked, and
 * `x-should-retry: false` where a retry cannot help. The header is never `true`, which would make SDKs
 * retry even a 403.
 */
export const refusalAnswer = (
  refusal: Refusal,
  options: {
    readonly status: number
    readonly requestIdHeader: string
    readonly json: unknown
    readonly limits: LimitWire
  },
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
  pushLimits(rawHeaders, refusal, options.limits)
  if (!mayRetry(refusal)) rawHeaders.push('x-should-retry', 'false')
  return { status: options.status, rawHeaders, body }
}
