import type { Metering, RequestKind, Route } from '../core/call.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What is done with a group of routes. */
export type Treatment = {
  readonly kind: RequestKind
  readonly metering: Metering
  readonly body: Route['body']
  readonly stream?: boolean
}

/** Routes of one treatment: method and pattern to the name of the operation. */
export type RouteGroup = {
  readonly treatment: Treatment
  /** `{…}` stands for one segment; `{model}` is also the model of the route. */
  readonly routes: { readonly [pattern: `${Method} /${string}`]: string }
}

/** Answers for a method and a canonical path, as `Dialect.route` does. */
export type Router = (method: string, path: string) => Route | 'method_not_allowed' | undefined

type Node = {
  readonly literal: Map<string, Node>
  parameter: Node | undefined
  /** Segment of the path that is the model, counted from 0; -1 for none. */
  modelAt: number
  methods: Map<string, Route> | undefined
}

const newNode = (): Node => ({
  literal: new Map(),
  parameter: undefined,
  modelAt: -1,
  methods: undefined,
})

/**
 * Identifiers, model names and file names as the official APIs use them. Escapes, slashes, spaces and
 * dot segments are none of them: what an upstream could read as another path is not a parameter.
 */
const PARAMETER = /^[\w.:@~+=,!-]{1,256}$/

/** Segments of a path. A custom verb (`models/m:generateContent`, AIP-136) is a segment of its own. */
const segmentsOf = (path: string, verbs: boolean): string[] => {
  const segments = path.split('/')
  if (!verbs) return segments
  const last = segments.at(-1) ?? ''
  const colon = last.lastIndexOf(':')
  if (colon !== -1) segments.splice(-1, 1, last.slice(0, colon), last.slice(colon))
  return segments
}

const isParameter = (segment: string): boolean =>
  PARAMETER.test(segment) && segment !== '.' && segment !== '..'

/**
 * A router over a fixed catalogue, compiled once. Paths without parameters are one map look-up, the
 * others one per segment; a literal segment wins over a parameter, and there is no way back, so the work
 * is bounded by the length of the path. `verbs` splits Google's custom verbs off.
 */
export const createRouter = (
  groups: readonly RouteGroup[],
  options: { readonly verbs?: boolean } = {},
): Router => {
  const verbs = options.verbs === true
  const root = newNode()
  const exact = new Map<string, Node>()

  for (const { treatment, routes } of groups) {
    for (const [pattern, operation] of Object.entries(routes)) {
      const [method = '', path = ''] = pattern.split(' ')
      let node = root
      for (const [index, segment] of segmentsOf(path, verbs).entries()) {
        if (segment.startsWith('{')) {
          node = node.parameter ??= newNode()
          if (segment === '{model}') node.modelAt = index
        } else {
          const next = node.literal.get(segment) ?? newNode()
          node.literal.set(segment, next)
          node = next
        }
      }
      node.methods ??= new Map()
      if (node.methods.has(method)) throw new Error(`two routes for ${pattern}`)
      node.methods.set(method, { operation, ...treatment })
      if (!path.includes('{')) exact.set(path, node)
    }
  }

  const answer = (node: Node, method: string): Route | 'method_not_allowed' | undefined =>
    node.methods === undefined ? undefined : (node.methods.get(method) ?? 'method_not_allowed')

  return (method, path) => {
    const plain = exact.get(path)
    if (plain !== undefined) return answer(plain, method)
    const segments = segmentsOf(path, verbs)
    let node = root
    let modelAt = -1
    for (const segment of segments) {
      const literal = node.literal.get(segment)
      if (literal !== undefined) {
        node = literal
        continue
      }
      if (node.parameter === undefined || !isParameter(segment)) return undefined
      node = node.parameter
      if (node.modelAt !== -1) modelAt = node.modelAt
    }
    const route = answer(node, method)
    if (typeof route !== 'object' || modelAt === -1) return route
    const model = segments[modelAt]
    // Tuned models are named with their collection, so that none passes for a base model.
    const tuned = segments[modelAt - 1] === 'tunedModels'
    return model === undefined ? route : { ...route, model: tuned ? `tunedModels/${model}` : model }
  }
}
