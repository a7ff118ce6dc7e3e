/** Where a JSON text stops being strict, and how. */
export type JsonMistake = {
  /** Index of a UTF-16 code unit in the text. */
  readonly at: number
  readonly what: string
}

const BLANK = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /true|false|null/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Finds the first mistake of a JSON text, by the grammar of RFC 8259 and these stricter rules: no key twice
 * in one object, no escaped surrogate without its other half, no number beyond the range of a double, an
 * object at the top. `undefined` where there is none. Runs only after a text was found wanting, to tell the
 * caller where; the fast path needs no grammar of its own. O(n), recursion as deep as the text.
 */
export const findJsonMistake = (text: string): JsonMistake | undefined => {
  let at = 0

  const mistake = (what: string, where = at): JsonMistake => ({
    at: where,
    what: where >= text.length ? 'the text ends too early' : what,
  })

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }

  /** Reads a string; hands over what it stands for. */
  const string = (hand: (value: string) => JsonMistake | undefined): JsonMistake | undefined => {
    const start = at
    if (text.charCodeAt(at) !== QUOTE) return mistake('a string in double quotes belongs here')
    for (at++; text.charCodeAt(at) !== QUOTE;) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) {
        if (match(ESCAPE) === undefined) return mistake('no such escape')
      } else if (code >= 0x20) {
        at++
      } else {
        return mistake('a control character must be escaped')
      }
      if (at >= text.length) return mistake('')
    }
    at++
    // The grammar of the string was just checked, so it parses and is a string.
    const value = JSON.parse(text.slice(start, at)) as string
    return value.isWellFormed() ? hand(value) : mistake('half of a surrogate pair', start)
  }

  const member = (seen: Set<string>): JsonMistake | undefined => {
    match(BLANK)
    const start = at
    const wrongKey = string((key) => {
      if (seen.has(key)) return mistake('a key came twice', start)
      seen.add(key)
      return undefined
    })
    if (wrongKey !== undefined) return wrongKey
    match(BLANK)
    if (text[at] !== ':') return mistake('a colon belongs here')
    at++
    return value()
  }

  const list = (close: '}' | ']', item: () => JsonMistake | undefined): JsonMistake | undefined => {
    at++
    match(BLANK)
    if (text[at] === close) {
      at++
      return undefined
    }
    for (;;) {
      const wrong = item()
      if (wrong !== undefined) return wrong
      match(BLANK)
      const next = text[at]
      if (next !== ',' && next !== close) return mistake(`a comma or ${close} belongs here`)
      at++
      if (next === close) return undefined
    }
  }

  const value = (): JsonMistake | undefined => {
    match(BLANK)
    const start = at
    switch (text[at]) {
      case '{': {
        const seen = new Set<string>()
        return list('}', () => member(seen))
      }
      case '[':
        return list(']', value)
      case '"':
        return string(() => undefined)
      case undefined:
        return mistake('')
      case '\ufeff':
        return mistake('a byte order mark does not belong here')
    }
    const number = match(NUMBER)
    if (number !== undefined) {
      return Number.isFinite(Number(number)) ? undefined : mistake('the number is too large', start)
    }
    return match(WORD) === undefined ? mistake('no JSON value begins like this') : undefined
  }

  match(BLANK)
  if (text[at] === '[') return mistake('the top level must be an object')
  const top = text[at]
  const start = at
  const wrong = value()
  if (wrong !== undefined) return wrong
  if (top !== '{') return { at: start, what: 'the top level must be an object' }
  match(BLANK)
  return at < text.length ? mistake('nothing may follow the object') : undefined
}
