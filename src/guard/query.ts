import { Fault } from '../core/fault.ts'

/** A query with its credential taken out. */
export type ReadQuery = {
  /** What may be forwarded, byte for byte in order; empty where nothing is left. */
  readonly forwarded: string
  /** Value of `key`, still as sent; `undefined` where there was none. */
  readonly key: string | undefined
}

const MAX_QUERY_LENGTH = 8192
const MAX_PARAMETERS = 256

/**
 * Characters and escapes with one reading. Left out: `;` and `#`, which end a parameter or the query for
 * some servers, their escapes with those of `&` and `%`, which do so for a server that decodes twice,
 * and escaped control characters.
 */
const PLAIN_QUERY =
  /^(?:[A-Za-z0-9\-._~!$'()*+,=:@/?[\]&]|%(?:2[0-247-9A-Fa-f]|3[0-9ACDEFacdef]|[4-6][0-9A-Fa-f]|7[0-9A-Ea-e]|[89A-Fa-f][0-9A-Fa-f]))+$/

/** An escape of a character that stands for itself: a second spelling of a name. */
const NEEDLESS_ESCAPE =
  /%(?:3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa]|2[DEde]|5[Ff]|7[Ee])/

/** Names as APIs write them. Blanks, dots at the ends and the like are trimmed or renamed by some servers. */
const NAME = /^[A-Za-z0-9_$@](?:[\w\-.:~]*[\w])?(?:\[[\w\-.:~]*\]){0,4}$/

/** Other parameters that some server takes a credential from. Compared without case, `-` and `_`. */
const CREDENTIALS: ReadonlySet<string> = new Set([
  'accesstoken',
  'oauthtoken',
  'apikey',
  'xapikey',
  'xgoogapikey',
  'authtoken',
  'authorization',
  'bearertoken',
  'key',
])

const refuse = (detail: string): Fault => new Fault('invalid_query', { detail })

const nameOf = (parameter: string): string => {
  const equals = parameter.indexOf('=')
  const raw = equals === -1 ? parameter : parameter.slice(0, equals)
  if (NEEDLESS_ESCAPE.test(raw)) throw refuse('a parameter name escapes a plain character')
  const name = raw.includes('%') ? decodeURIComponent(raw) : raw
  if (!NAME.test(name)) throw refuse('a parameter has no plain name')
  return name
}

const isUtf8 = (query: string): boolean => {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}

/**
 * Reads a query once. `key` is taken out and handed over; the rest stays as it was sent. A name stands
 * once, except one that ends in `[]`, as SDKs write lists. Refused with `invalid_query`: names that would
 * carry a credential past the guard, and names beginning with `$`, by which Google's front end takes
 * method and headers from the query. A repeated `key` is `ambiguous_credential`.
 */
export const readQuery = (query: string): ReadQuery => {
  if (query.length > MAX_QUERY_LENGTH) {
    throw refuse(`a query has at most ${MAX_QUERY_LENGTH} bytes`)
  }
  if (!PLAIN_QUERY.test(query)) {
    throw refuse(
      query === '' ? 'leave out the question mark' : 'a character or escape is ambiguous',
    )
  }
  if (query.includes('%') && !isUtf8(query)) throw refuse('an escape is not UTF-8')
  const parameters = query.split('&')
  if (parameters.length > MAX_PARAMETERS) throw refuse(`at most ${MAX_PARAMETERS} parameters`)
  let key: string | undefined
  const names = new Set<string>()
  const kept: string[] = []
  for (const parameter of parameters) {
    const name = nameOf(parameter)
    if (name === 'key') {
      if (key !== undefined) throw new Fault('ambiguous_credential', { detail: 'key came twice' })
      key = parameter.slice('key='.length)
      continue
    }
    if (name.startsWith('$')) throw refuse('parameters that begin with $ are not passed on')
    if (CREDENTIALS.has(name.toLowerCase().replace(/\[.*|[-_]/g, ''))) {
      throw refuse('send the credential in a header, or as key')
    }
    if (names.has(name) && !name.endsWith('[]')) throw refuse('a parameter came twice')
    names.add(name)
    kept.push(parameter)
  }
  return { forwarded: kept.join('&'), key }
}
