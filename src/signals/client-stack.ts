import type { KeyedHash } from '../core/keyed-hash.ts'
import { createRecent } from '../core/recent.ts'

/** Where a set of header names has the ones that are read by value; -1 where it has not. */
export type HeaderPlan = {
  /** Keyed hash of the client's header names, with their order and case. */
  readonly stack: string
  readonly userAgentAt: number
  readonly sdkLanguageAt: number
  readonly sdkVersionAt: number
  readonly googleClientAt: number
}

const CACHED = 4096
// Longer sets of names are read each time, so that a flood of them cannot fill the memory.
const MAX_CACHED_CHARS = 2048

type Known = { readonly names: readonly string[]; readonly plan: HeaderPlan }

const words = (text: string): string[] => text.trim().split(/\s+/)

/** Headers that hops, balancers, tracers and credentials bring, not the client's own stack. */
const NOT_THE_CLIENT = new Set(
  words(`
    connection keep-alive proxy-connection te trailer transfer-encoding upgrade expect content-length
    via forwarded max-forwards cdn-loop x-real-ip x-client-ip x-cluster-client-ip true-client-ip
    x-request-id x-correlation-id x-request-start x-original-host x-scheme x-ja3 x-ja4
    traceparent tracestate baggage b3 sentry-trace x-cloud-trace-context
    authorization proxy-authorization cookie x-api-key x-goog-api-key api-key
  `),
)
const NOT_THE_CLIENT_STARTS = words(`
  x-forwarded- x-envoy- x-b3- x-amzn- x-amz-cf- cloudfront- cf- fastly- fly- x-vercel- x-azure- x-arr-
  x-datadog- x-stillwatch-
`)

/** A number of the names that tells most sets apart; equal numbers are compared name by name. */
const sketchOf = (rawHeaders: readonly string[]): number => {
  let sketch = rawHeaders.length
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const ends = (name.charCodeAt(0) << 8) ^ name.charCodeAt(name.length - 1)
    sketch = (Math.imul(sketch, 31) + name.length * 65_536 + ends) | 0
  }
  return sketch
}

const sameNames = (names: readonly string[], rawHeaders: readonly string[]): boolean => {
  if (names.length * 2 !== rawHeaders.length) return false
  for (let i = 0; i < names.length; i++) if (names[i] !== rawHeaders[i * 2]) return false
  return true
}

/**
 * Reads a set of header names once and remembers it: clients send the same names in the same order
 * over and over, so an ordinary call costs one lookup and a comparison.
 */
export const createHeaderPlans = (options: {
  readonly stackHash: KeyedHash
  readonly edgeHeaders?: readonly string[]
}): ((rawHeaders: readonly string[]) => HeaderPlan) => {
  const edge = new Set(options.edgeHeaders)
  const known = createRecent<number, Known>(CACHED)
  const isClients = (lower: string): boolean =>
    !NOT_THE_CLIENT.has(lower) &&
    !edge.has(lower) &&
    !NOT_THE_CLIENT_STARTS.some((start) => lower.startsWith(start))

  const plan = (rawHeaders: readonly string[]): HeaderPlan => {
    const names: string[] = []
    const at = new Map<string, number>()
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? ''
      const lower = name.toLowerCase()
      if (!at.has(lower)) at.set(lower, i + 1)
      if (isClients(lower)) names.push(name)
    }
    return {
      stack: options.stackHash(names.join('\n')),
      userAgentAt: at.get('user-agent') ?? -1,
      sdkLanguageAt: at.get('x-stainless-lang') ?? -1,
      sdkVersionAt: at.get('x-stainless-package-version') ?? -1,
      googleClientAt: at.get('x-goog-api-client') ?? -1,
    }
  }

  return (rawHeaders) => {
    const sketch = sketchOf(rawHeaders)
    const before = known.get(sketch)
    if (before !== undefined && sameNames(before.names, rawHeaders)) return before.plan
    const made = plan(rawHeaders)
    const names = rawHeaders.filter((_, i) => i % 2 === 0)
    if (names.join('\n').length <= MAX_CACHED_CHARS) known.set(sketch, { names, plan: made })
    return made
  }
}
