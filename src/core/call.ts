import type { Traits } from './traits.ts'

/** Wire form of a model API. */
export type DialectName = 'openai' | 'anthropic' | 'gemini'

/** What a route does, in the words of the facts table. */
export type RequestKind = 'generate' | 'embed' | 'list' | 'batch' | 'file' | 'other'

/**
 * How a route is charged: `generate` by input and output tokens, `embed` by input tokens, `submit` by
 * an estimate when a job is handed in, `request` as a call without tokens.
 */
export type Metering = 'generate' | 'embed' | 'submit' | 'request'

/** One entry of a dialect's route catalogue. */
export type Route = {
  /** Stable name for records, such as `chat.completions.create`. */
  readonly operation: string
  readonly kind: RequestKind
  readonly metering: Metering
  /** How the body is treated: parsed as JSON, streamed through unread, or refused if there is one. */
  readonly body: 'json' | 'upload' | 'none'
  /** Model named by the path itself (Gemini), where it is. */
  readonly model?: string
  /** Whether the path itself asks for a stream (Gemini). */
  readonly stream?: boolean
}

/** Where the call comes from, after the trusted hops. */
export type Caller = {
  /** Canonical address. */
  readonly address: string
  /** /24 or /64 of the address. */
  readonly network: string
}

/** The credential a call carried. The secret itself never leaves `read` and `forward`. */
export type Credential = {
  /** Keyed hash of the secret; safe to log and to key by. */
  readonly id: string
  readonly secret: string
  /** Name of the header or query parameter it came in, lower case. */
  readonly carrier: string
}

/** What a body asks for, as far as policy and metering read it. */
export type Ask = {
  readonly model: string | undefined
  readonly stream: boolean
  /** The caller's own output cap, if it set one. */
  readonly maxTokens: number | undefined
  /** Answers asked for; at least 1. */
  readonly candidates: number
  readonly tools: number
  readonly reasoning: boolean
  /** From the bytes of the body; 0 where the route has no tokens. */
  readonly inputTokensEstimate: number
  /** End user named by the body (`user`, `safety_identifier`, `metadata.user_id`). */
  readonly endUser: string | undefined
  /** Whether the upstream goes on with the work when nobody waits for it (Responses `background`). */
  readonly background: boolean
  /** Whether the caller itself asked for usage in the stream; true where the dialect always sends it. */
  readonly wantsUsage: boolean
}

/** One call, read and judged byte for byte: what stands here is what may be forwarded. */
export type Call = {
  /** Decision id: sortable by time, unique in the fleet. */
  readonly id: string
  /** Milliseconds since the epoch, from the clock of the guard. */
  readonly atMs: number
  readonly method: string
  /** Canonical path, without the query. */
  readonly path: string
  /** Path and query to forward; the credential is already taken out of the query. */
  readonly target: string
  /** Header names and values by turns, as received and in wire order. */
  readonly rawHeaders: readonly string[]
  readonly caller: Caller
  readonly credential: Credential | undefined
  readonly dialect: DialectName
  readonly route: Route
  readonly ask: Ask
  /** The whole body, or `undefined` for a route whose upload is streamed. */
  readonly body: Uint8Array | undefined
  /** What the body says about who made the call; `undefined` where it holds no prompt. */
  readonly traits?: Traits | undefined
}

/** Tokens a call used. `undefined` fields were not reported. */
export type Usage = {
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  /** Part of the input that came from a prompt cache. */
  readonly cachedInputTokens?: number | undefined
  /** Part of the output spent on reasoning. */
  readonly reasoningTokens?: number | undefined
}
