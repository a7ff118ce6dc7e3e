import { HEADER_STACKS, type HeaderStack } from './header-stacks.ts'
import { jsonRows } from './read-rows.ts'

/** What captured clients are called here. */
const NAMES: readonly (readonly [captured: string, name: string])[] = [
  ['openai (node)', 'openai-js'],
  ['@anthropic-ai/sdk', 'anthropic-js'],
  ['ai + @ai-sdk/openai', 'ai-sdk'],
  ['@mistralai/mistralai', 'mistral-js'],
  ['fetch (undici built in)', 'fetch'],
  ['axios', 'axios'],
  ['node-fetch', 'node-fetch'],
  ['got', 'got'],
  ['node http', 'node-http'],
  ['curl', 'curl'],
  ['wget', 'wget'],
  ['python urllib', 'urllib'],
  ['python http.client', 'http-client'],
  ['python requests', 'requests'],
]

/** Credentials, and what the transport adds by itself for each body. */
const LEFT_OUT = /^(?:authorization|x-api-key|x-goog-api-key|cookie|content-length)$/i
const VALUES: readonly (readonly [header: RegExp, slot: string])[] = [
  [/^x-stainless-package-version$/i, '%v'],
  [/^x-stainless-os$/i, '%o'],
  [/^x-stainless-arch$/i, '%a'],
  [/^x-stainless-runtime-version$/i, '%r'],
]
const USER_AGENT_VERSION = /(\d+)\.(\d+)((?:\.\d+)*)/
const MAX_HEADERS = 60

const pairsOf = (row: { readonly [key: string]: unknown }): (readonly [string, string])[] => {
  const { headers } = row
  if (!Array.isArray(headers)) return []
  return headers.slice(0, MAX_HEADERS).flatMap((pair: unknown): (readonly [string, string])[] => {
    if (!Array.isArray(pair)) return []
    const [name, value] = pair as readonly unknown[]
    return typeof name === 'string' && typeof value === 'string' && !LEFT_OUT.test(name)
      ? [[name, value]]
      : []
  })
}

/** Versions that go on from the one in a captured user agent: its second number moves on. */
const versionsFrom = (userAgent: string): ((n: number) => string) => {
  const found = USER_AGENT_VERSION.exec(userAgent)
  if (found === null) return () => ''
  const [, major = '1', minor = '0', rest = ''] = found
  return (n) => `${major}.${Number(minor) + n}${rest}`
}

const stackFrom = (
  name: string,
  runtime: unknown,
  pairs: readonly (readonly [string, string])[],
): HeaderStack => {
  const known = HEADER_STACKS.find((stack) => stack.name === name)
  const userAgent = pairs.find(([header]) => header.toLowerCase() === 'user-agent')?.[1] ?? ''
  const captured = USER_AGENT_VERSION.exec(userAgent)?.[0]
  return {
    name,
    runtime: known?.runtime ?? (/^v\d/.test(String(runtime)) ? 'node' : 'other'),
    version: versionsFrom(userAgent),
    everyDays: known?.everyDays ?? 30,
    ...(known?.wire === undefined ? {} : { wire: known.wire }),
    headers: pairs.flatMap(([header, value]) => {
      if (/^host$/i.test(header)) return [header, 'api.example.com']
      const slot = VALUES.find(([pattern]) => pattern.test(header))?.[1]
      const text = captured === undefined ? value : value.replace(captured, '%v')
      return [header, slot ?? text.replace(/(runtime\/node\.js\/)v[\d.]+/, '$1%r')]
    }),
  }
}

/**
 * Header sets from captured requests, in wire order and case, with places for version, system and runtime;
 * those that were not captured come built in.
 */
export const stacksFromData = (folder: string): readonly HeaderStack[] => {
  const captured = jsonRows(folder, 'ua/sdk_request_headers.jsonl').flatMap((row) => {
    const name = NAMES.find(([client]) => client === row['client'])?.[1]
    const pairs = pairsOf(row)
    return name === undefined || pairs.length < 3 ? [] : [stackFrom(name, row['runtime'], pairs)]
  })
  const names = new Set(captured.map(({ name }) => name))
  return [...HEADER_STACKS.filter(({ name }) => !names.has(name)), ...captured].toSorted(
    (one, other) => (one.name < other.name ? -1 : 1),
  )
}
