import { FAULTS, type Fault } from '../../core/fault.ts'
import { bytesOf, type Reply } from './reply.ts'

type Row = {
  readonly status: number
  /** Whether the same request may succeed later without a change by the client. */
  readonly retryable: boolean
  /** What is wrong and what to do instead. */
  readonly text: string
}

/** Every way an answer to a challenge can fail. The name is `error.code`: a public promise like `FAULTS`. */
export const ANSWER_REFUSALS = {
  challenge_malformed: {
    status: 400,
    retryable: false,
    text: 'This is no challenge of this gateway, or no answer to it. Take id and url from the error object as they are.',
  },
  challenge_not_yours: {
    status: 403,
    retryable: false,
    text: 'This challenge was given to another caller: answer it from the network and with the key of the refused call.',
  },
  challenge_not_answerable: {
    status: 403,
    retryable: false,
    text: 'This challenge is confirmed by the holder of the account at its url, not by a program.',
  },
  challenge_spent: {
    status: 409,
    retryable: false,
    text: 'This challenge was answered before. Repeat your call; if it is refused again, its error holds a new challenge.',
  },
  challenge_expired: {
    status: 410,
    retryable: false,
    text: 'This challenge has expired. Repeat your call for a new one.',
  },
  challenge_wrong: {
    status: 422,
    retryable: false,
    text: 'The answer is wrong. Solve the puzzle of this challenge again, or repeat your call for a new one.',
  },
  challenge_limited: {
    status: 429,
    retryable: true,
    text: 'Too many answers came from here, or more clearances are held than are kept. Wait before the next one.',
  },
  challenge_unavailable: {
    status: 503,
    retryable: true,
    text: 'The answer cannot be checked at the moment. Send it again in a moment.',
  },
  uri_too_long: {
    status: 414,
    retryable: false,
    text: 'The address is too long. Take the url of the challenge as it is.',
  },
  not_found: {
    status: 404,
    retryable: false,
    text: 'Nothing is served here. /.stillwatch/ tells how challenges work.',
  },
} as const satisfies { readonly [code: string]: Row }

/** `error.code` of a refused answer. */
export type AnswerRefusalCode = keyof typeof ANSWER_REFUSALS

const DEFAULT_WAIT_MS = 1_000

/** What may be told beside the code. */
export type RefusalDetails = {
  readonly retryAfterMs?: number | undefined
  /** Decision id of the call that met the challenge, where it is known. */
  readonly decision?: string | undefined
  readonly rawHeaders?: readonly string[]
}

const refuse = (code: string, row: Row, text: string, details: RefusalDetails): Reply => {
  const { decision, retryAfterMs = DEFAULT_WAIT_MS, rawHeaders = [] } = details
  const headers = ['content-type', 'application/json', 'cache-control', 'no-store', ...rawHeaders]
  if (decision !== undefined) headers.push('x-stillwatch-decision', decision)
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000))
  if (row.retryable) headers.push('retry-after', String(seconds))
  else headers.push('x-should-retry', 'false')
  const error = {
    code,
    message: text,
    ...(row.retryable && { retry_after_s: seconds }),
    ...(decision !== undefined && { decision }),
  }
  return {
    status: row.status,
    rawHeaders: headers,
    body: bytesOf(`${JSON.stringify({ error })}\n`),
  }
}

/** A refusal of this table as JSON. */
export const refuseAnswer = (code: AnswerRefusalCode, details: RefusalDetails = {}): Reply =>
  refuse(code, ANSWER_REFUSALS[code], ANSWER_REFUSALS[code].text, details)

/** A fault of the wire as JSON: the same codes as for calls. */
export const refuseFault = (fault: Fault, details: RefusalDetails = {}): Reply => {
  const row = FAULTS[fault.code]
  return refuse(
    fault.code,
    row,
    fault.detail === undefined ? row.text : `${row.text} (${fault.detail})`,
    details,
  )
}
