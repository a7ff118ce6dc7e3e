import { z } from 'zod'
import type { Usage } from './call.ts'

/** Which challenges whoever made a call would answer; one that is not named stays unanswered. */
export type Solves = {
  readonly proof_of_work?: boolean | undefined
  readonly human?: boolean | undefined
  readonly step_up?: boolean | undefined
}

/** A call that was made once, or was made up, as the guard is to meet it. */
export type RecordedCall = {
  /** Milliseconds of the arrival; calls come in the order of it. */
  readonly atMs: number
  /** Account, in place of a credential; `undefined` for one that nobody knows. */
  readonly account: string | undefined
  /** The caller, after the hops. */
  readonly ip: string
  readonly method: string
  /** Request target: path, and query where there is one. */
  readonly path: string
  /**
   * Names and values by turns, in wire order. Callers that send the same headers should hand in the same
   * array: what is worked out of it is remembered by it.
   */
  readonly rawHeaders: readonly string[]
  /** As on the wire; empty where there is none. */
  readonly body: Uint8Array
  /** What the upstream reported; where it is `undefined` the reservation stands. */
  readonly usage: Usage | undefined
  /** Who this really is. For the summary alone: nothing that judges a call sees it. */
  readonly label: string
  readonly solves: Solves | undefined
}

/** Label of a call that has none. */
export const UNLABELLED = 'unlabelled'

const MAX_MS = 8.64e15

/** Earliest time of a call: March 1973. Anything below is a time in seconds, up to the year 5138. */
export const MIN_CALL_MS = 1e11

const count = z.int('not a count; write a whole number of at least 0').min(0)
const solved = z.boolean().optional()

/** Headers of a recorded call: an object, or pairs in wire order. */
export const traceHeaders = z.union([
  z.record(z.string(), z.string()),
  z.array(z.tuple([z.string(), z.string()])),
])

/** Fields of a trace object, by name. */
export const traceFields = {
  at: z
    .int('not a time; write milliseconds since 1970')
    .min(0, 'not a time; write milliseconds since 1970')
    .max(MAX_MS, 'not a time; write milliseconds since 1970')
    .refine(
      (ms) => ms < 0 || ms >= MIN_CALL_MS,
      'looks like seconds; write milliseconds since 1970',
    ),
  account: z.string().min(1, 'an empty name; leave the key out where the account is not known'),
  ip: z.union([z.ipv4(), z.ipv6()], 'not an IP address; write IPv4 dotted or IPv6'),
  method: z.string().min(1, 'no method; write GET or POST'),
  path: z.string().startsWith('/', 'not a path; begin it with /'),
  headers: traceHeaders,
  body: z.unknown().optional(),
  usage: z.strictObject({
    input_tokens: count.optional(),
    output_tokens: count.optional(),
    cached_input_tokens: count.optional(),
    reasoning_tokens: count.optional(),
  }),
  label: z.string().max(256, 'a label over 256 characters; shorten it'),
  solves: z.strictObject({ proof_of_work: solved, human: solved, step_up: solved }),
} as const

/** One line of a trace. */
export const TRACE_CALL = z.strictObject({
  ...traceFields,
  account: traceFields.account.optional(),
  headers: traceHeaders.default({}),
  usage: traceFields.usage.optional(),
  label: traceFields.label.optional(),
  solves: traceFields.solves.optional(),
})

/** One line of a trace, checked. */
export type TraceCall = z.output<typeof TRACE_CALL>

const NO_BODY = new Uint8Array()

/** What a trace object describes. Its body is written anew: only a line of a file still has the bytes. */
export const recordedCallOf = (trace: TraceCall): RecordedCall => {
  const { at, account, ip, method, path, headers, body, usage, label, solves } = trace
  return {
    atMs: at,
    account,
    ip,
    method,
    path,
    rawHeaders: rawHeadersOf(headers),
    body: body === undefined || body === null ? NO_BODY : Buffer.from(JSON.stringify(body)),
    usage: usage && {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      cachedInputTokens: usage.cached_input_tokens,
      reasoningTokens: usage.reasoning_tokens,
    },
    label: label === undefined || label === '' ? UNLABELLED : label,
    solves,
  }
}

/** Headers of a trace object as names and values by turns. */
export const rawHeadersOf = (headers: TraceCall['headers']): string[] =>
  (Array.isArray(headers) ? headers : Object.entries(headers)).flat()
