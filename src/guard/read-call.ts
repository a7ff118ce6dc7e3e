import type { Call, Route } from '../core/call.ts'
import type { Arrival } from '../core/event.ts'
import { Fault } from '../core/fault.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { Clock, Dialect, Exchange } from '../core/seams.ts'
import type { Prompt, Traits } from '../core/traits.ts'
import { arrivalPath } from './arrival-path.ts'
import { checkBodyKind } from './body-kind.ts'
import { createCallerAddress } from './caller-address.ts'
import { canonicalTarget } from './canonical-target.ts'
import { createRouteChooser, type DialectHints, type UnknownRoutes } from './choose-route.ts'
import { readCredential } from './credential.ts'
import { hintsOf } from './dialect-hints.ts'
import { createHeadReader, type RequestHead } from './request-head.ts'
import { readStrictJson } from './strict-json.ts'

/** What reading a call takes. */
export type ReaderOptions = {
  /** Those that have an upstream; at least one. */
  readonly dialects: readonly Dialect[]
  /** CIDR blocks of the operator's own proxies; empty trusts nobody. */
  readonly trustedProxies: readonly string[]
  readonly unknownRoutes: UnknownRoutes
  /** Largest body of a JSON route. */
  readonly maxBodyBytes: number
  readonly credentialHash: KeyedHash
  readonly clock: Clock
  readonly newId: (atMs: number) => string
  /** Headers that count only from a trusted proxy and are dropped from anyone else. */
  readonly edgeHeaders?: readonly string[]
  /** What a prompt says about who made the call; without it no call has traits. Never throws. */
  readonly traits?: (prompt: Prompt, rawHeaders: readonly string[]) => Traits
  /** Shape of errors while nothing points to a dialect; OpenAI's if configured, else the first. */
  readonly fallback?: Dialect
}

/** The verb `read`. */
export type Reader = {
  /** What is known before anything is judged. Never throws. */
  arrive(exchange: Exchange): Arrival
  /** Best guess of the caller's dialect, for the shape of an answer. Never throws. */
  dialectOf(exchange: Exchange): Dialect
  /** The dialect of a call that was read. */
  dialectOfCall(call: Call): Dialect
  /** The call, judged byte for byte. Throws and rejects with a `Fault` of source client only. */
  read(exchange: Exchange, arrival: Arrival): Call | Promise<Call>
}

/** Everything about a call but its body. */
type Headed = Omit<Call, 'ask' | 'body'>

const NO_BODY = new Uint8Array()

/** SDKs leave the body out where there is nothing to say, as in cancelling a job. */
const mayBeEmpty = (route: Route, body: Uint8Array): boolean =>
  body.length === 0 && route.metering === 'request'

const isPreflight = (method: string, head: RequestHead): boolean =>
  method === 'OPTIONS' && head.origin !== undefined && head.requestMethod !== undefined

/**
 * Makes the reader. In this order a call is refused: head, target, route, credential, caller, body; so a
 * body is read only for a call that is otherwise in order, and nothing is read twice. What stands in the
 * `Call` is what may be forwarded. Throws an `Error` with one sentence for a bad entry in `trustedProxies`.
 */
export const createReader = (options: ReaderOptions): Reader => {
  const { dialects, unknownRoutes, maxBodyBytes, credentialHash, clock, newId } = options
  const fallback = options.fallback ?? dialects.find(({ name }) => name === 'openai') ?? dialects[0]
  if (fallback === undefined) throw new Error('upstreams: at least one is needed')
  const readHead = createHeadReader({ edgeHeaders: options.edgeHeaders ?? [] })
  const address = createCallerAddress({ trustedProxies: options.trustedProxies })
  const routes = createRouteChooser({ dialects, unknownRoutes, fallback })

  const readJsonCall = async (
    exchange: Exchange,
    headed: Headed,
    dialect: Dialect,
  ): Promise<Call> => {
    const body = await exchange.readBody(maxBodyBytes)
    const read = mayBeEmpty(headed.route, body) ? undefined : readStrictJson(body)
    const json = read instanceof Promise ? await read : read
    const ask = dialect.ask(headed.route, json, body.length)
    const prompt = options.traits && dialect.prompt(headed.route, json)
    const traits = prompt && options.traits?.(prompt, headed.rawHeaders)
    return traits === undefined ? { ...headed, ask, body } : { ...headed, ask, body, traits }
  }

  return {
    arrive({ method, target, peerAddress }) {
      const atMs = clock.now()
      return { id: newId(atMs), atMs, method, path: arrivalPath(target), peerAddress }
    },

    dialectOfCall: ({ dialect }) => dialects.find(({ name }) => name === dialect) ?? fallback,

    dialectOf({ method, target, rawHeaders }) {
      return routes.guess(method, arrivalPath(target), hintsOf(rawHeaders, target))
    },

    read(exchange, arrival) {
      const { method } = exchange
      const peer = address.peer(exchange.peerAddress)
      const head = readHead(exchange.rawHeaders, { fromTrustedPeer: peer.trusted })
      const { path, target, key } = canonicalTarget(exchange.target, head.host)
      const hints: DialectHints = {
        anthropicVersion: head.anthropicVersion,
        xApiKey: head.xApiKey,
        xGoogApiKey: head.xGoogApiKey,
        queryKey: key,
        requestHeaders: head.requestHeaders,
      }
      const preflight = isPreflight(method, head)
      const { dialect, route } = preflight
        ? routes.preflight(path, hints)
        : routes.route(method, path, hints)
      const credential = readCredential(head, key, credentialHash)
      if (credential === undefined && !preflight) throw new Fault('missing_credential')
      checkBodyKind(route, head, maxBodyBytes)
      const headed: Headed = {
        id: arrival.id,
        atMs: arrival.atMs,
        method,
        path,
        target,
        rawHeaders: head.rawHeaders,
        caller: address.caller(peer, head),
        // A preflight is the browser's own: no credential of the page belongs to it.
        credential: preflight ? undefined : credential,
        dialect: dialect.name,
        route,
      }
      if (route.body === 'json') return readJsonCall(exchange, headed, dialect)
      const ask = dialect.ask(route, undefined, head.contentLength ?? 0)
      return { ...headed, ask, body: route.body === 'none' ? NO_BODY : undefined }
    },
  }
}
