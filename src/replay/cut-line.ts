/** A trace line without its two large parts. */
export type CutLine = {
  /** The line as text, with `0` where headers and body stood. */
  readonly rest: string
  /** Members of the object, doubled keys counted twice. */
  readonly members: number
  readonly headers: string | undefined
  /** The bytes of the body as they stand in the line. */
  readonly body: Buffer | undefined
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const COMMA = 0x2c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
/** Looking byte by byte is faster than a call of `indexOf` up to about this many. */
const NEAR_BYTES = 48

const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a

const pastBlanks = (line: Buffer, at: number): number => {
  while (isBlank(line[at])) at++
  return at
}

/** Position behind the string that begins at `at`; -1 where it does not end. */
const pastString = (line: Buffer, at: number): number => {
  let from = at + 1
  for (;;) {
    const near = Math.min(line.length, from + NEAR_BYTES)
    let end = from
    while (end < near && line[end] !== QUOTE) end++
    if (line[end] !== QUOTE) {
      end = line.indexOf(QUOTE, end)
      if (end === -1) return -1
    }
    let slashes = 0
    while (line[end - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end + 1
    from = end + 1
  }
}

/** Position behind the object or list that begins at `at`; -1 where it does not end. */
const pastNested = (line: Buffer, at: number): number => {
  let depth = 0
  while (at < line.length) {
    const byte = line[at]
    if (byte === QUOTE) {
      at = pastString(line, at)
      if (at === -1) return -1
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--
      if (depth === 0) return at + 1
    }
    at++
  }
  return -1
}

const pastValue = (line: Buffer, at: number): number => {
  const byte = line[at]
  if (byte === QUOTE) return pastString(line, at)
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) return pastNested(line, at)
  while (at < line.length && line[at] !== COMMA && line[at] !== CLOSE_OBJECT) at++
  return at
}

const isBody = (line: Buffer, at: number, end: number): boolean =>
  end - at === 6 &&
  line[at + 1] === 0x62 &&
  line[at + 2] === 0x6f &&
  line[at + 3] === 0x64 &&
  line[at + 4] === 0x79

const isHeaders = (line: Buffer, at: number, end: number): boolean =>
  end - at === 9 && line[at + 1] === 0x68 && line.toString('latin1', at + 1, end - 1) === 'headers'

/**
 * Takes headers and body out of a line of one JSON object without parsing either: bodies are most of a
 * trace, are judged as bytes, and would come out changed of a parser; headers repeat from call to call.
 * Only as much of the grammar is checked as finding the ends takes. `undefined` where the line is no
 * such object.
 */
export const cutLine = (line: Buffer): CutLine | undefined => {
  let at = pastBlanks(line, 0)
  if (line[at] !== OPEN_OBJECT) return undefined
  let rest = ''
  let kept = at
  let members = 0
  let headers: string | undefined
  let body: Buffer | undefined
  do {
    const keyAt = pastBlanks(line, at + 1)
    if (line[keyAt] !== QUOTE) return undefined
    const keyEnd = pastString(line, keyAt)
    if (keyEnd === -1) return undefined
    const colonAt = pastBlanks(line, keyEnd)
    if (line[colonAt] !== COLON) return undefined
    const valueAt = pastBlanks(line, colonAt + 1)
    const valueEnd = pastValue(line, valueAt)
    if (valueEnd <= valueAt) return undefined
    members++
    const bodyHere = isBody(line, keyAt, keyEnd)
    if (bodyHere || isHeaders(line, keyAt, keyEnd)) {
      rest += `${line.toString('utf8', kept, valueAt)}0`
      kept = valueEnd
      if (bodyHere) body = line.subarray(valueAt, valueEnd)
      else headers = line.toString('utf8', valueAt, valueEnd)
    }
    at = pastBlanks(line, valueEnd)
  } while (line[at] === COMMA)
  if (line[at] !== CLOSE_OBJECT || pastBlanks(line, at + 1) !== line.length) return undefined
  return { rest: rest + line.toString('utf8', kept, at + 1), members, headers, body }
}
