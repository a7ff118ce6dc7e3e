import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Fault } from '../core/fault.ts'
import { findKeyTwin } from './key-twins.ts'
import { findJsonMistake } from './json-mistake.ts'
import { scanJson } from './json-scan.ts'
import { skeletonOf } from './json-skeleton.ts'

/** A parsed body. Keys such as `__proto__` are own properties like any other. */
export type JsonObject = { readonly [key: string]: unknown }

/** Bodies up to this size are read at once; the worst of them takes a few milliseconds. */
const AT_ONCE_BYTES = 128 * 1024

const invalid = (what: string, atByte?: number): Fault =>
  new Fault('invalid_body', { detail: atByte === undefined ? what : `byte ${atByte}: ${what}` })

/** The length in UTF-8 of what stands before a position: where the caller finds it in its own bytes. */
const byteAt = (text: string, at: number): number => Buffer.byteLength(text.slice(0, at))

/**
 * A key of one backslash. V8 13.6 (Node 24.21) reads an escaped key of one character, such as `"\\u006e"`, as
 * this key where an object of the same shape had it before, so whoever sent it once could hide a field from
 * the guard that the upstream reads.
 */
const MISREAD_KEY = '\\'

/**
 * Own keys of a value and all below it, or -1 where a number is infinite or, where asked for, a text is
 * no well-formed Unicode or a key may have been misread. The depth is bounded by the scan before.
 */
const countKeys = (value: object, options: { readonly checkText: boolean }): number => {
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) {
      const below = countIn(item, options)
      if (below < 0) return -1
      keys += below
    }
    return keys
  }
  for (const key in value) {
    if (options.checkText && (key === MISREAD_KEY || !key.isWellFormed())) return -1
    // `for in` over parsed JSON names its own keys only.
    const below = countIn((value as JsonObject)[key], options)
    if (below < 0) return -1
    keys += below + 1
  }
  return keys
}

const countIn = (value: unknown, options: { readonly checkText: boolean }): number => {
  if (typeof value === 'object') return value === null ? 0 : countKeys(value, options)
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : -1
  return options.checkText && typeof value === 'string' && !value.isWellFormed() ? -1 : 0
}

/** A text to parse, and where its bytes stand in the body. */
type Source = { readonly text: string; readonly offsetOf: (byte: number) => number }

/** Number of keys of a text within bounds. */
const keysWithin = ({ text, offsetOf }: Source): number => {
  const { keys, exceeded } = scanJson(text)
  if (exceeded === undefined) return keys
  throw invalid(exceeded.what, offsetOf(byteAt(text, exceeded.at)))
}

/** The value of a text; `undefined` where the engine refuses it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // The engine's own message quotes the body, which must not reach a log.
    return undefined
  }
}

/** The object a text stands for, after every check that needs it parsed. */
const judged = (source: Source, keys: number, value: unknown): JsonObject => {
  const { text } = source
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mistakeOf(source)
  // Only an escape can put half a surrogate pair into text that came as UTF-8.
  const checkText = text.includes('\\')
  // As many keys as colons, or one key hid another.
  if (countKeys(value, { checkText }) !== keys) throw mistakeOf(source)
  // Neither null nor an array, and JSON knows no other objects.
  const top = value as JsonObject
  const twin = findKeyTwin(top)
  if (twin !== undefined) throw invalid(twin)
  return top
}

const mistakeOf = ({ text, offsetOf }: Source): Fault => {
  // Looking for the place takes longer than parsing; in a large body it is not worth the stall.
  const mistake = text.length <= AT_ONCE_BYTES ? findJsonMistake(text) : undefined
  if (mistake === undefined)
    return invalid('it is not strict JSON, or has a key twice or of one backslash')
  return invalid(mistake.what, offsetOf(byteAt(text, mistake.at)))
}

const same = (byte: number): number => byte

const readAtOnce = (bytes: Buffer): JsonObject => {
  const source: Source = { text: bytes.toString(), offsetOf: same }
  const keys = keysWithin(source)
  return judged(source, keys, parsed(source.text))
}

/** Reads a large body from its skeleton, a step a turn of the event loop. */
const readInSteps = async (bytes: Buffer): Promise<JsonObject> => {
  const skeleton = await skeletonOf(bytes)
  await nextTurn()
  const keys = keysWithin(skeleton)
  await nextTurn()
  const value = parsed(skeleton.text)
  await nextTurn()
  const top = judged(skeleton, keys, value)
  await skeleton.restore(top)
  return top
}

/**
 * Reads a body as strict JSON: UTF-8 without a byte order mark, the grammar of RFC 8259, an object at the top,
 * no key twice at any level (escapes resolved), no infinite number, no half surrogate pair, and within
 * the bounds of `scanJson`. Whatever two parsers would read differently is refused, so that the
 * upstream reads what the guard judged.
 *
 * Bodies over 128 KiB are read in slices (a promise), and those of their strings over 1 KiB that are not
 * plain ASCII read as empty: nothing that is judged is that long, but for inline media, which are ASCII.
 * Throws or rejects with `invalid_body`, naming the byte where it can, and never quoting the body.
 */
export const readStrictJson = (body: Uint8Array): JsonObject | Promise<JsonObject> => {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (bytes.length === 0) throw invalid('the body is empty')
  if (!isUtf8(bytes)) throw invalid('the body is not UTF-8')
  return bytes.length > AT_ONCE_BYTES ? readInSteps(bytes) : readAtOnce(bytes)
}
