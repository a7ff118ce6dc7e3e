import type { DialectName } from '../core/call.ts'

/** One model API that calls are sent to. */
export type UpstreamOptions = {
  /** Name for records and metrics. */
  readonly id: string
  /** http or https; a path in it is put before the path of every call. */
  readonly url: string
  readonly dialect: DialectName
  /** Models it serves; `*` stands for any text. */
  readonly models: readonly string[]
  /** Paths it serves, all by default; `*` stands for any text. */
  readonly paths?: readonly string[]
  /** `pass` forwards the credential the call was judged with; a secret is sent in its place. */
  readonly credential: 'pass' | { readonly secret: string }
  readonly timeouts: {
    /** Name look-up, TCP and TLS together. */
    readonly connectMs: number
    /** From the sent request to the head of the answer. */
    readonly firstByteMs: number
    /** Between two pieces of a body, in either direction. */
    readonly idleMs: number
  }
  /** Connections to it, and so calls under way to it, at most. */
  readonly connections: number
}

/** Something an operator should know about an upstream; nothing of a call stands in it. */
export type UpstreamProblem = {
  readonly upstream: string
  readonly what: 'usage_option_refused' | 'usage_reader_failed' | 'stream_filter_failed'
  readonly cause?: unknown
}
