import { jsonStringEnd } from './json-string-end.ts'

/** Where a member of an object stands in the bytes. */
export type JsonMember = {
  /** Index of the quote before the name. */
  readonly nameStart: number
  readonly valueStart: number
  /** Index after the value. */
  readonly valueEnd: number
  /** Index of the comma before the member; -1 for the first one. */
  readonly commaBefore: number
}

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** Index of the first byte at or after `from` that is not JSON white space. */
export const skipBlank = (bytes: Buffer, from: number): number => {
  let at = from
  while (isBlank(bytes[at])) at++
  return at
}

/** Index after the value that starts at `from`: at the comma or bracket that follows; -1 if cut off. */
export const valueEndOf = (bytes: Buffer, from: number): number => {
  let depth = 0
  let at = from
  let end = from
  while (at < bytes.length) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = end = jsonStringEnd(bytes, at + 1)
      if (at === -1) return -1
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return end
      depth--
    } else if (byte === COMMA && depth === 0) return end
    at++
    // White space between a value and the comma after it belongs to neither.
    if (!isBlank(byte)) end = at
  }
  return -1
}

/** Whether the bytes at `[start, end)` are this ASCII text. */
export const isText = (bytes: Buffer, start: number, end: number, text: string): boolean => {
  if (end - start !== text.length) return false
  for (let index = 0; index < text.length; index++) {
    if (bytes[start + index] !== text.charCodeAt(index)) return false
  }
  return true
}

/** Whether the string at `[start, end)`, quotes included, spells `name`; escapes are decoded. */
const spells = (bytes: Buffer, start: number, end: number, name: string): boolean => {
  if (isText(bytes, start + 1, end - 1, name)) return true
  const escape = end - start - 2 > name.length ? bytes.indexOf(BACKSLASH, start) : -1
  if (escape === -1 || escape >= end) return false
  try {
    return JSON.parse(bytes.toString('utf8', start, end)) === name
  } catch {
    return false
  }
}

/**
 * Finds a member of the object whose opening brace stands at `open`, without parsing the values beside
 * it. For valid JSON without duplicate names; of anything else at most nothing is found. `name` is ASCII.
 */
export const findJsonMember = (
  bytes: Buffer,
  open: number,
  name: string,
): JsonMember | undefined => {
  if (bytes[open] !== OPEN_OBJECT) return undefined
  let commaBefore = -1
  let at = skipBlank(bytes, open + 1)
  while (bytes[at] === QUOTE) {
    const nameStart = at
    const nameEnd = jsonStringEnd(bytes, at + 1)
    if (nameEnd === -1) return undefined
    at = skipBlank(bytes, nameEnd)
    if (bytes[at] !== COLON) return undefined
    const valueStart = skipBlank(bytes, at + 1)
    const valueEnd = valueEndOf(bytes, valueStart)
    if (valueEnd === -1) return undefined
    if (spells(bytes, nameStart, nameEnd, name)) {
      return { nameStart, valueStart, valueEnd, commaBefore }
    }
    at = skipBlank(bytes, valueEnd)
    if (bytes[at] !== COMMA) return undefined
    commaBefore = at
    at = skipBlank(bytes, at + 1)
  }
  return undefined
}
