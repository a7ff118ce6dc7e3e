/** Where the parts of one line of JSON stand, as offsets into it. */
export type LineMap = {
  /** Where the text stops being JSON; `undefined` where it is JSON. */
  readonly brokenAt: number | undefined
  /** Where a key stands that its object already has. */
  readonly doubledAt: number | undefined
  /** Offset of a path's key or list element, or of its deepest ancestor that exists. */
  offsetOf(path: readonly PropertyKey[]): number
}

const BLANK = /[ \t\r\n]*/y
const TOKEN =
  /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[[\]{},:]/uy

type Level = { readonly path: string; readonly list: boolean; index: number; key: string }

/** What may come next. `first` stands where an object or list may also be empty. */
type Expected = 'value' | 'first' | 'key' | 'colon' | 'next' | 'end'

/** Nothing we read lies deeper; below it keys are walked and not remembered. */
const MAX_DEPTH = 16

const pathOf = (level: Level): string =>
  `${level.path}\n${level.list ? String(level.index) : level.key}`

/**
 * Walks one line of JSON (RFC 8259) and remembers where everything stands. Only used on a line that was
 * refused: V8 does not say where its parser stopped, and quotes the text around it, secrets included.
 */
export const mapJsonLine = (text: string): LineMap => {
  const places = new Map<string, number>([['', 0]])
  const levels: Level[] = []
  const next: { is: Expected } = { is: 'value' }
  let doubledAt: number | undefined
  let at = 0
  let brokenAt: number | undefined

  const note = (level: Level): void => {
    if (levels.length > MAX_DEPTH) return
    const path = pathOf(level)
    if (places.has(path)) doubledAt ??= at
    places.set(path, at)
  }
  const take = (token: string): boolean => {
    const level = levels.at(-1)
    const closes = token === '}' || token === ']'
    if (closes && (next.is === 'next' || next.is === 'first')) {
      if (level === undefined || level.list !== (token === ']')) return false
      levels.pop()
    } else if (next.is === 'next' && level !== undefined) {
      if (token !== ',') return false
      level.index++
      next.is = level.list ? 'value' : 'key'
      return true
    } else if (next.is === 'colon') {
      next.is = 'value'
      return token === ':'
    } else if (level?.list === false && (next.is === 'key' || next.is === 'first')) {
      if (!token.startsWith('"')) return false
      // The token has the grammar of a JSON string.
      level.key = JSON.parse(token) as string
      note(level)
      next.is = 'colon'
      return true
    } else if (next.is === 'value' || next.is === 'first') {
      if (level?.list === true) note(level)
      if (token === '{' || token === '[') {
        const path = level === undefined || levels.length > MAX_DEPTH ? '' : pathOf(level)
        levels.push({ path, list: token === '[', index: 0, key: '' })
        next.is = 'first'
        return true
      }
      if (/^[\]},:]/.test(token)) return false
    } else return false
    next.is = levels.length === 0 ? 'end' : 'next'
    return true
  }

  for (;;) {
    BLANK.lastIndex = at
    at += BLANK.exec(text)?.[0].length ?? 0
    if (at === text.length && next.is === 'end') break
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)?.[0]
    if (token === undefined || !take(token)) {
      brokenAt = at
      break
    }
    at += token.length
  }
  return {
    brokenAt,
    doubledAt,
    offsetOf: (path) => {
      for (let depth = path.length; depth > 0; depth--) {
        const place = places.get(`\n${path.slice(0, depth).map(String).join('\n')}`)
        if (place !== undefined) return place
      }
      return 0
    },
  }
}
