import { isObject, objectOf, objectsOf, textOf, type JsonObject } from './stand-in-request.ts'

const WORDS = (
  'the answer depends on what you measure first so begin with a small case and write down ' +
  'every step you take because later each of them may turn out to matter when the numbers grow ' +
  'in practice a clear name saves more time than clever code and two short sentences beat one ' +
  'long one if something looks odd stop and ask before you change it then try again with care'
).split(' ')

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

/** A series of numbers from 0 to below 1 that depends on the seed alone (mulberry32). */
const seriesOf = (seed: string): (() => number) => {
  let state = hashOf(seed)
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** What the stand-in says, one token a word, and whether the caller's cap cut it short. */
export type Speech = { readonly tokens: readonly string[]; readonly cut: boolean }

/** Twelve to sixty words that depend on the seed alone, or as many as the cap allows. */
export const speak = (seed: string, maxTokens: number | undefined): Speech => {
  const next = seriesOf(seed)
  const wanted = 12 + Math.floor(next() * 48)
  const count = Math.max(1, Math.min(wanted, maxTokens ?? wanted))
  const tokens = Array.from({ length: count }, (_, i) => {
    const word = WORDS[Math.floor(next() * WORDS.length)] ?? 'so'
    return i === 0 ? word : ` ${word}`
  })
  return { tokens, cut: count < wanted }
}

/** Tokens a request is charged for: a quarter of its bytes, as a rule of thumb. */
export const inputTokensOf = (bodyBytes: number): number => Math.max(1, Math.ceil(bodyBytes / 4))

/** A value that a JSON Schema allows, as far as its type, enum and required members tell. */
const valueFor = (schema: JsonObject): unknown => {
  const { enum: allowed } = schema
  if (Array.isArray(allowed) && allowed.length > 0) return allowed[0]
  // Gemini writes its types in capitals.
  switch ((textOf(schema, 'type') ?? '').toLowerCase()) {
    case 'number':
    case 'integer':
      return 7
    case 'boolean':
      return true
    case 'array':
      return [valueFor(objectOf(schema, 'items'))]
    case 'object':
      return argumentsFor(schema)
    default:
      return 'Berlin'
  }
}

/** Arguments for a tool call: every required member of its schema. */
export const argumentsFor = (schema: JsonObject): JsonObject => {
  const required: unknown = schema['required']
  const properties = objectOf(schema, 'properties')
  const names = Array.isArray(required) ? required : Object.keys(properties)
  return Object.fromEntries(
    names
      .filter((name) => typeof name === 'string')
      .map((name) => [name, valueFor(objectOf(properties, name))]),
  )
}

/** Numbers between -1 and 1 that depend on the seed alone. */
export const vectorFor = (seed: string, dimensions: number): number[] => {
  const next = seriesOf(seed)
  return Array.from({ length: dimensions }, () => Math.round((next() * 2 - 1) * 1e6) / 1e6)
}

/** The last message of a list, in whatever form the dialect gives it, as a seed. */
export const seedOf = (body: JsonObject, key: string): string => {
  const whole: unknown = body[key]
  const last: unknown = Array.isArray(whole) ? whole.at(-1) : whole
  return `${textOf(body, 'model') ?? ''} ${JSON.stringify(last) ?? ''}`
}

const isResult = (part: unknown): boolean =>
  isObject(part) && (part['type'] === 'tool_result' || part['functionResponse'] !== undefined)

/** Whether the last message of a list is a person's, so that a tool may be called. */
export const isPersonsTurn = (body: JsonObject, key: string): boolean => {
  const last = objectsOf(body, key).at(-1)
  if (last === undefined) return true
  const role = textOf(last, 'role')
  if (role !== undefined && role !== 'user') return false
  const parts: unknown = last['content'] ?? last['parts']
  if (last['type'] === 'function_call_output') return false
  return !(Array.isArray(parts) && parts.some(isResult))
}
