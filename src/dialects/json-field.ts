import { endsEscaped, jsonStringEnd } from './json-string-end.ts'

/** Reads a document piece by piece, cut anywhere. */
export type JsonField = {
  readonly push: (bytes: Buffer) => void
  /** Forgets everything; the next byte begins a new document. */
  readonly reset: () => void
}

/** A usage report has a few hundred bytes. What is longer is none. */
const MAX_VALUE_BYTES = 64 * 1024

const COMMA = 0x2c
const COLON = 0x3a
const QUOTE = 0x22
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * Finds one member of a JSON document without keeping the document, and hands over every value found.
 * The first of `names` (ASCII) is the member, the others are top-level members that may hold it: it is
 * looked for at the top level, inside those, and, where the document is an array of objects (a Gemini
 * stream without SSE), at the top level of each. Deeper members of the same name, which a model or a
 * caller can place into tool arguments, are not it. Memory: the value itself, at most 64 KiB. Hostile
 * bytes end in nothing found. Known limit: a name written with escapes is not recognised.
 */
export const createJsonField = (
  names: readonly Buffer[],
  found: (value: unknown) => void,
): JsonField => {
  const everyName = (1 << names.length) - 1

  let depth = 0
  /** Depth of the members that count as top-level; 0 until the document began. */
  let base = 0
  let over = false
  let inString = false
  let escaped = false
  /** Names the string so far may still be, one bit each; 0 where it is not of interest. */
  let maybe = 0
  let length = 0
  let inside = false
  /** Depth of the member being captured; 0 for none. */
  let capturing = 0
  let kept: Buffer[] = []
  let keptBytes = 0

  const keep = (bytes: Buffer): void => {
    keptBytes += bytes.length
    if (keptBytes > MAX_VALUE_BYTES) {
      capturing = 0
      kept = []
    } else {
      kept.push(bytes)
    }
  }

  const finish = (last: Buffer): void => {
    keep(last)
    if (capturing === 0) return
    capturing = 0
    const text = (kept.length === 1 ? last : Buffer.concat(kept)).toString()
    kept = []
    try {
      found(JSON.parse(text))
    } catch {
      // Not JSON after all: nothing was reported.
    }
  }

  /** Reads on in a string; the index after what was read. */
  const readString = (bytes: Buffer, from: number): number => {
    let at = from
    if (escaped) {
      escaped = false
      at++
    }
    while (maybe !== 0 && at < bytes.length) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        inString = false
        return at + 1
      }
      for (let name = 0; name < names.length; name++) {
        if (names[name]?.[length] !== byte) maybe &= ~(1 << name)
      }
      if (byte === BACKSLASH) break
      length++
      at++
    }
    if (at >= bytes.length) return bytes.length
    const end = jsonStringEnd(bytes, at)
    if (end === -1) {
      escaped = endsEscaped(bytes, at)
      return bytes.length
    }
    inString = false
    return end
  }

  /** The name that the last string was, as a bit; 0 for none. */
  const nameRead = (): number => {
    for (let name = 0; name < names.length; name++) {
      if ((maybe & (1 << name)) !== 0 && names[name]?.length === length) return 1 << name
    }
    return 0
  }

  /** Passes over a string that is of no interest; the index after it or after the bytes. */
  const skipString = (bytes: Buffer, from: number): number => {
    const end = jsonStringEnd(bytes, from)
    if (end !== -1) return end
    inString = true
    escaped = endsEscaped(bytes, from)
    return bytes.length
  }

  /** Looks at the name before a colon; whether the value of the wanted member begins. */
  const begins = (level: number): boolean => {
    const name = nameRead()
    if (name > 1 && level === base) inside = true
    return name === 1
  }

  const push = (bytes: Buffer): void => {
    // Counted in a local: this loop sees every byte outside of strings.
    let level = depth
    let captureFrom = 0
    let at = inString ? readString(bytes, 0) : 0
    while (at < bytes.length && !over) {
      const byte = bytes[at++] ?? 0
      switch (byte) {
        case QUOTE:
          if (capturing === 0 && (level === base || (inside && level === base + 1))) {
            inString = true
            length = 0
            maybe = everyName
            at = readString(bytes, at)
          } else {
            maybe = 0
            at = skipString(bytes, at)
          }
          break
        case OPEN_OBJECT:
        case OPEN_ARRAY:
          if (level === 0) base = byte === OPEN_OBJECT ? 1 : 2
          level++
          break
        case COLON:
          if (maybe !== 0 && begins(level)) {
            capturing = level
            captureFrom = at
            keptBytes = 0
            kept = []
          }
          break
        case COMMA:
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          if (capturing !== 0 && capturing === level) finish(bytes.subarray(captureFrom, at - 1))
          if (byte !== COMMA) level--
          if (inside && (level < base || (byte === COMMA && level === base))) inside = false
          over = level <= 0
          break
      }
    }
    depth = level
    // The caller may use its buffer again.
    if (capturing !== 0 && !over) keep(Buffer.from(bytes.subarray(captureFrom)))
  }

  const reset = (): void => {
    depth = base = length = maybe = capturing = keptBytes = 0
    over = inString = escaped = inside = false
    kept = []
  }

  return { push, reset }
}
