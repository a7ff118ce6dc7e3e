import type { DialectName, Route } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import type { Dialect } from '../core/seams.ts'
import { isDisguised } from './disguised-path.ts'

/** A call's place in the catalogues. */
type Place = { readonly dialect: Dialect; readonly route: Route }

/** What the headers and the query say about the SDK behind a call. */
export type DialectHints = {
  readonly anthropicVersion: string | undefined
  readonly xApiKey: string | undefined
  readonly xGoogApiKey: string | undefined
  readonly queryKey: string | undefined
  /** Access-Control-Request-Headers: a preflight only names the headers of the call to come. */
  readonly requestHeaders: string | undefined
}

/** What is done with a path that no catalogue has. */
export type UnknownRoutes = 'refuse' | 'forward'

/** Chooses dialect and route. */
export type RouteChooser = {
  /** Throws `unknown_route` or `method_not_allowed`. */
  route(method: string, path: string, hints: DialectHints): Place
  /** Dialect and route of a CORS preflight; throws `unknown_route`. */
  preflight(path: string, hints: DialectHints): Place
  /** Best guess for the shape of an answer. Never throws. */
  guess(method: string, path: string, hints: DialectHints): Dialect
}

const UNKNOWN: Route = {
  operation: 'unknown',
  kind: 'other',
  metering: 'request',
  body: 'upload',
}

/** Whatever is sent to a route nobody knows may generate: it reserves like a call without a cap. */
const UNKNOWN_SENDING: Route = { ...UNKNOWN, metering: 'generate' }

const PREFLIGHT: Route = {
  operation: 'cors.preflight',
  kind: 'other',
  metering: 'request',
  body: 'none',
}

/** OPTIONS is served as a preflight only. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** The dialect the headers point to; `undefined` where they point to none. */
const hinted = (hints: DialectHints): DialectName | undefined => {
  if (hints.anthropicVersion !== undefined || hints.xApiKey !== undefined) return 'anthropic'
  if (hints.xGoogApiKey !== undefined || hints.queryKey !== undefined) return 'gemini'
  const asked = hints.requestHeaders?.toLowerCase()
  if (asked === undefined) return undefined
  if (asked.includes('anthropic-version') || asked.includes('x-api-key')) return 'anthropic'
  return asked.includes('x-goog-api-key') ? 'gemini' : undefined
}

/** The one of several dialects that the hints or, without any, OpenAI's precedence choose. */
const preferred = (among: readonly Dialect[], hints: DialectHints): Dialect | undefined => {
  const hint = hinted(hints)
  return (
    among.find(({ name }) => name === hint) ??
    among.find(({ name }) => name === 'openai') ??
    among[0]
  )
}

/**
 * Chooses by the path; a path of several catalogues (`/v1/models`, `/v1/files`) goes by header:
 * anthropic-version or x-api-key to Anthropic's, x-goog-api-key or `?key=` to Gemini's, otherwise OpenAI's.
 *
 * An unknown path is refused, or, where the operator says so, forwarded as a call without tokens whose
 * body passes unread. Even then a path is refused that a tolerant upstream would take for a catalogued one,
 * unjudged. Forwarding goes to the dialect of the headers, or to the
 * only one there is; where neither tells, it is refused.
 */
export const createRouteChooser = (options: {
  readonly dialects: readonly Dialect[]
  readonly unknownRoutes: UnknownRoutes
  readonly fallback: Dialect
}): RouteChooser => {
  const { dialects, unknownRoutes, fallback } = options

  const knowing = (method: string, path: string): readonly Dialect[] =>
    dialects.filter((dialect) => dialect.route(method, path) !== undefined)

  const forwardUnknown = (path: string, hints: DialectHints): Dialect => {
    const disguised = isDisguised(path, (each) => knowing('GET', each).length > 0)
    const hint = hinted(hints)
    const dialect = dialects.length === 1 ? dialects[0] : dialects.find(({ name }) => name === hint)
    if (unknownRoutes === 'refuse' || disguised || dialect === undefined) {
      throw new Fault('unknown_route')
    }
    return dialect
  }

  return {
    route(method, path, hints) {
      if (!METHODS.has(method)) throw new Fault('method_not_allowed')
      let place: Place | undefined
      let others: Place[] | undefined
      let pathKnown = false
      for (const dialect of dialects) {
        const route = dialect.route(method, path)
        if (route === undefined) continue
        pathKnown = true
        if (route === 'method_not_allowed') continue
        if (place === undefined) place = { dialect, route }
        else (others ??= []).push({ dialect, route })
      }
      if (place === undefined) {
        if (pathKnown) throw new Fault('method_not_allowed')
        return {
          dialect: forwardUnknown(path, hints),
          route: method === 'GET' || method === 'HEAD' ? UNKNOWN : UNKNOWN_SENDING,
        }
      }
      if (others === undefined) return place
      const places = [place, ...others]
      const dialect = preferred(
        places.map((each) => each.dialect),
        hints,
      )
      return places.find((each) => each.dialect === dialect) ?? place
    },
    preflight(path, hints) {
      const dialect = preferred(knowing('OPTIONS', path), hints) ?? forwardUnknown(path, hints)
      return { dialect, route: PREFLIGHT }
    },
    guess(method, path, hints) {
      const byMethod = dialects.filter((dialect) => typeof dialect.route(method, path) === 'object')
      return (
        preferred(byMethod, hints) ??
        preferred(knowing(method, path), hints) ??
        dialects.find(({ name }) => name === hinted(hints)) ??
        fallback
      )
    },
  }
}
