/** Who broke it. */
export type FaultSource = 'client' | 'guard' | 'upstream'

type FaultRow = {
  readonly status: number
  readonly source: FaultSource
  /** Whether the same call may succeed a little later without a change by the caller. */
  readonly retryable: boolean
  /** What the caller is told: what is wrong and what to do instead. Nothing about the inside. */
  readonly text: string
}

/**
 * Every way a call can fail outside of policy. The name is the `error.code` callers see, so a row is a
 * public promise: names are never reused for something else.
 */
export const FAULTS = {
  malformed_http: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'The request is not valid HTTP/1.1. Send it with an ordinary HTTP client.',
  },
  headers_too_large: {
    status: 431,
    source: 'client',
    retryable: false,
    text: 'The request headers are too large or too many. Send fewer headers.',
  },
  request_timeout: {
    status: 408,
    source: 'client',
    retryable: true,
    text: 'The request did not arrive in time. Send it again.',
  },
  invalid_host: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'The request must carry exactly one valid Host header.',
  },
  invalid_path: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'The path is not in canonical form. Send it without doubled slashes, dot segments, escapes of plain characters, or parameters.',
  },
  invalid_query: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'The query string is ambiguous or malformed. Send each parameter once, properly escaped.',
  },
  invalid_header: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'A header that may appear once was sent twice or is malformed.',
  },
  upgrade_refused: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'Protocol upgrades (WebSocket, h2c) are not available here. Use plain HTTPS requests.',
  },
  ambiguous_credential: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'More than one credential was sent. Send exactly one, in one header.',
  },
  missing_credential: {
    status: 401,
    source: 'client',
    retryable: false,
    text: 'No API key was sent. Send your key the way your SDK does.',
  },
  invalid_credential: {
    status: 401,
    source: 'client',
    retryable: false,
    text: 'The credential is malformed. Send your key exactly as it was issued.',
  },
  unknown_route: {
    status: 404,
    source: 'client',
    retryable: false,
    text: 'This path is not served here. Check the base URL of your client.',
  },
  unknown_model: {
    status: 404,
    source: 'client',
    retryable: false,
    text: 'No upstream serves this model here. Check the model name.',
  },
  method_not_allowed: {
    status: 405,
    source: 'client',
    retryable: false,
    text: 'This path does not take that method. Check the base URL and the version of your client.',
  },
  body_too_large: {
    status: 413,
    source: 'client',
    retryable: false,
    text: 'The request body is too large.',
  },
  unsupported_encoding: {
    status: 415,
    source: 'client',
    retryable: false,
    text: 'Compressed request bodies are not accepted. Send the body without Content-Encoding.',
  },
  unsupported_media_type: {
    status: 415,
    source: 'client',
    retryable: false,
    text: 'This path takes JSON. Send the body with content-type: application/json.',
  },
  invalid_body: {
    status: 400,
    source: 'client',
    retryable: false,
    text: 'The body is not a valid JSON request: it must be strict UTF-8 JSON without duplicate keys.',
  },
  client_gone: {
    status: 499,
    source: 'client',
    retryable: false,
    text: 'The caller left before the answer.',
  },
  internal: {
    status: 500,
    source: 'guard',
    retryable: true,
    text: 'The gateway failed to handle the request. Try again, and quote the request id if it persists.',
  },
  overloaded: {
    status: 503,
    source: 'guard',
    retryable: true,
    text: 'The gateway holds too many large requests at the moment. Try again.',
  },
  draining: {
    status: 503,
    source: 'guard',
    retryable: true,
    text: 'The gateway is shutting down and could not finish the call. Try again.',
  },
  upstream_unreachable: {
    status: 502,
    source: 'upstream',
    retryable: true,
    text: 'The model API could not be reached. Try again.',
  },
  upstream_broken: {
    status: 502,
    source: 'upstream',
    retryable: true,
    text: 'The model API broke off its answer. Try again.',
  },
  upstream_invalid: {
    status: 502,
    source: 'upstream',
    retryable: true,
    text: 'The model API gave an answer that cannot be passed on. Try again.',
  },
  upstream_busy: {
    status: 503,
    source: 'upstream',
    retryable: true,
    text: 'The model API has no free connection. Try again.',
  },
  upstream_timeout: {
    status: 504,
    source: 'upstream',
    retryable: true,
    text: 'The model API did not answer in time. Try again.',
  },
} as const satisfies Record<string, FaultRow>

/** Code of a fault; also the `error.code` of its answer. */
export type FaultCode = keyof typeof FAULTS

/** `error.code` of the refusals that policy and limits give. */
export type RefusalCode =
  | 'denied'
  | 'challenge_required'
  | 'challenge_limited'
  | 'throttled'
  | 'limit_exceeded'
  | 'limits_unavailable'
  | 'upstream_overloaded'

/** Something broke. `message` is for the log; what the caller reads is the table's text and `detail`. */
export class Fault extends Error {
  readonly code: FaultCode
  /** A further sentence the caller may read, such as the position of a JSON mistake. */
  readonly detail: string | undefined

  constructor(code: FaultCode, options: { detail?: string; cause?: unknown } = {}) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, {
      cause: options.cause,
    })
    this.name = 'Fault'
    this.code = code
    this.detail = options.detail
  }

  get status(): number {
    return FAULTS[this.code].status
  }

  get source(): FaultSource {
    return FAULTS[this.code].source
  }
}

/** Any thrown thing as a fault; what nobody foresaw is ours. */
export const toFault = (thrown: unknown): Fault =>
  thrown instanceof Fault ? thrown : new Fault('internal', { cause: thrown })
