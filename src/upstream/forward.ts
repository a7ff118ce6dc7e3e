import type { Dispatcher } from 'undici'
import type { Call, DialectName } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import type { Dialect, Ending, Exchange, Upstream } from '../core/seams.ts'
import { Passing } from './passing.ts'
import { createPool } from './pool.ts'
import { requestHeaders } from './request-headers.ts'
import { createRouter } from './routing.ts'
import { createUnderWay, type UnderWay } from './under-way.ts'
import { createUpload } from './upload.ts'
import type { UpstreamOptions, UpstreamProblem } from './upstream-options.ts'
import { createUsageOption } from './usage-option.ts'

/** Options of {@link createUpstreams}. */
export type UpstreamsOptions = {
  /** In order of preference: the first that serves a call gets it. */
  readonly upstreams: readonly UpstreamOptions[]
  readonly dialects: { readonly [D in DialectName]: Dialect }
  /** Whether streams are asked for usage where the caller did not. */
  readonly askForUsage: boolean
  /** Largest upload that is streamed through; 512 MiB, OpenAI's own file limit, by default. */
  readonly maxUploadBytes?: number
  /** Told of what an operator should know; must not throw. */
  readonly onProblem?: (problem: UpstreamProblem) => void
}

const MAX_UPLOAD_BYTES = 512 * 1024 * 1024

const prepare = (
  upstream: UpstreamOptions,
  options: UpstreamsOptions,
  underWay: UnderWay<Passing>,
) => {
  const { id, credential } = upstream
  const dialect = options.dialects[upstream.dialect]
  const tell = (what: UpstreamProblem['what'], cause?: unknown): void =>
    options.onProblem?.({ upstream: id, what, ...(cause === undefined ? {} : { cause }) })
  return {
    ...upstream,
    dialect: upstream.dialect,
    credentialHeader: {
      own: credential === 'pass' ? undefined : dialect.credentialHeader(credential.secret),
      headerFor: (secret: string) => dialect.credentialHeader(secret),
    },
    uploadLimits: {
      maxBytes: options.maxUploadBytes ?? MAX_UPLOAD_BYTES,
      idleMs: upstream.timeouts.idleMs,
    },
    passing: {
      pool: createPool(upstream),
      dialect,
      usageOption: createUsageOption(dialect, {
        enabled: options.askForUsage,
        onRefused: () => tell('usage_option_refused'),
      }),
      idleMs: upstream.timeouts.idleMs,
      underWay,
      tell,
    },
  }
}

type Prepared = ReturnType<typeof prepare>

const bodyOf = (call: Call, exchange: Exchange, { uploadLimits }: Prepared) => {
  if (call.body !== undefined) return call.body.length === 0 ? null : call.body
  return call.route.body === 'upload' ? createUpload(exchange.body, uploadLimits) : null
}

/**
 * Sends each call to the first upstream of its dialect that serves its model and path: once, over a
 * pooled HTTP/1.1 connection, the answer passed back byte for byte. Two things change bytes: the usage
 * option (see {@link createUsageOption}) and the guard's own headers.
 *
 * `forward` rejects with `unknown_model`, `upstream_unreachable`, `upstream_timeout`, `upstream_busy`,
 * `upstream_broken` or `upstream_invalid`, after `close` with `draining`, for an upload also with
 * `body_too_large` or `request_timeout`; each only while nothing has gone to the caller. Throws at once
 * on a URL that cannot be one of an upstream.
 */
export const createUpstreams = (options: UpstreamsOptions): Upstream => {
  const underWay = createUnderWay<Passing>()
  const prepared = options.upstreams.map((upstream) => prepare(upstream, options, underWay))
  const choose = createRouter(prepared)
  let closed: Promise<unknown> | undefined

  return {
    forward: (call, exchange, passage) => {
      const upstream = choose(call)
      if (upstream === undefined) return Promise.reject(new Fault('unknown_model'))
      passage.chosen(upstream.id)
      const { pool } = upstream.passing
      if (closed !== undefined) return Promise.reject(new Fault('draining'))
      if (!pool.take()) return Promise.reject(new Fault('upstream_busy'))
      return new Promise<Ending>((resolve, reject) => {
        try {
          const request: Dispatcher.DispatchOptions = {
            path: pool.pathPrefix + call.target,
            method: call.method,
            headers: requestHeaders(call, upstream.credentialHeader),
            body: bodyOf(call, exchange, upstream),
          }
          const parts = { call, exchange, passage, request, resolve, reject }
          new Passing(upstream.passing, parts).send()
        } catch (thrown) {
          pool.release()
          throw thrown
        }
      })
    },
    close: async ({ cut } = { cut: false }) => {
      if (cut) {
        for (const passing of underWay.all()) passing.breakOff(new Fault('draining'))
        // A pool that waits for calls under way would also wait for connections still in the making.
        closed = Promise.all(prepared.map(({ passing }) => passing.pool.destroy()))
      }
      closed ??= Promise.all(prepared.map(({ passing }) => passing.pool.close()))
      await closed
    },
  }
}
