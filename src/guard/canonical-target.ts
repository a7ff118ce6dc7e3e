import { Fault } from '../core/fault.ts'
import { readQuery, type ReadQuery } from './query.ts'

/** A request target that has one spelling only. */
export type CanonicalTarget = {
  /** Path without the query, byte for byte as sent. */
  readonly path: string
  /** Path and query as they may be forwarded. */
  readonly target: string
  /** Credential that stood in the query and was taken out; `undefined` where there was none. */
  readonly key: string | undefined
}

const MAX_PATH_LENGTH = 2048

/**
 * Segments of characters that may stand raw (RFC 3986 `pchar`) and have no second spelling. The first is
 * one that names begin with: that leaves dot segments out, and what servers trim away or cut off (`.json`).
 */
const PLAIN_PATH = /^(?:\/[\w\-~$@:][\w\-.~!$&'()*+,=:@]*)+$/

/** The same with the escapes that have no raw spelling: blank, `"`, `<`, `>`, `^`, `` ` ``, `{`, `|`, `}`. */
const ESCAPED_PATH = /^(?:\/[\w\-~$@:](?:[\w\-.~!$&'()*+,=:@]|%(?:2[02]|3[CE]|5E|60|7[BCD]))*)+$/

const ABSOLUTE = /^https?:\/\/([^/?#]*)(.*)$/is

/** What to tell the caller about a path that is not canonical. */
const mistakeOf = (path: string): string => {
  if (path === '') return 'the path is empty'
  if (!path.startsWith('/')) return 'a path starts with a slash'
  if (path.length > MAX_PATH_LENGTH) return `a path has at most ${MAX_PATH_LENGTH} bytes`
  if (/\/\/|\/$/.test(path)) return 'a segment is empty'
  if (/\/\.\.?(?:\/|$)/.test(path)) return 'dot segments are not resolved here'
  const at = path.search(/[^A-Za-z0-9\-._~!$&'()*+,=:@/%]/)
  if (at !== -1) return `the character at ${at} cannot stand in a path`
  if (/\/[^\w\-~$@:%]/.test(path)) return 'a segment begins with punctuation'
  if (/\/%/.test(path)) return 'a segment begins with an escape'
  const escape = /%(?!2[02]|3[CE]|5E|60|7[BCD]).{0,2}/.exec(path)?.[0] ?? '%'
  return `${escape} is not accepted: write the character itself, or leave it out`
}

/** The target of a request in origin form, for one in absolute form that names the same host. */
const originForm = (raw: string, host: string): string => {
  if (raw.startsWith('/')) return raw
  const absolute = ABSOLUTE.exec(raw)
  if (absolute?.[1]?.toLowerCase() !== host.toLowerCase()) {
    throw new Fault('invalid_path', {
      detail: 'the target names another host than the Host header',
    })
  }
  return absolute[2] ?? ''
}

/**
 * Reads the raw request target. What is returned is what came, except that an absolute form (RFC 9112
 * section 3.2.2) loses its authority, which must equal Host, and the query its credential.
 *
 * One path, one spelling: no empty or dot segment, no backslash, `;`, `#`, control or non-ASCII byte. An
 * escape stands only for a character that cannot stand raw and that no server gives a meaning. So
 * `%3A` is refused (Gemini separates the verb by `:`; write it raw, as every SDK does), `%2F` and
 * `%2E` are, and so are escaped UTF-8, which servers fold to look-alikes of slash and dot, and lower-case hex.
 * The canonical form is a fixed point: reading it again gives it back.
 *
 * Throws `invalid_path` and `invalid_query`, with what to write instead.
 */
export const canonicalTarget = (raw: string, host: string): CanonicalTarget => {
  const target = originForm(raw, host)
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const canonical =
    path.length <= MAX_PATH_LENGTH &&
    (PLAIN_PATH.test(path) || path === '/' || ESCAPED_PATH.test(path))
  if (!canonical) throw new Fault('invalid_path', { detail: mistakeOf(path) })
  if (mark === -1) return { path, target, key: undefined }
  const query: ReadQuery = readQuery(target.slice(mark + 1))
  return {
    path,
    target: query.forwarded === '' ? path : `${path}?${query.forwarded}`,
    key: query.key,
  }
}
