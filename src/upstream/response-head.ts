import { Fault } from '../core/fault.ts'
import { foldName, HOP_BY_HOP, OWN_PREFIX, withConnectionOptions } from './header-names.ts'
import type { LimitMerge } from './limit-merge.ts'

/** Head of an answer as the caller gets it, and what the path must know of it. */
export type ResponseHead = {
  /** Names and values by turns, in the upstream's order and case. */
  readonly rawHeaders: string[]
  readonly contentType: string | undefined
  /** Index of the `content-length` name in `rawHeaders`, -1 without one. */
  readonly lengthAt: number
  /** Whether the body is compressed, so that nothing can be read out of it or added to it. */
  readonly encoded: boolean
}

/** Far more than any model API sends; a body of headers is not an answer. */
const MAX_HEADERS = 128
const MAX_VALUE_CHARS = 8 * 1024

const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Headers that speak of the upstream's own connection or origin. Cookies and alternative services would
 * be taken as ours, and a browser would keep them for our challenge pages.
 */
const DROPPED: ReadonlySet<string> = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'clear-site-data',
])

const invalid = (what: string): Fault => {
  const code = what.toUpperCase().replaceAll(' ', '_')
  return new Fault('upstream_invalid', { cause: Object.assign(new Error(what), { code }) })
}

const text = (value: string | Buffer | undefined): string =>
  typeof value === 'string' ? value : (value?.toString('latin1') ?? '')

/**
 * The head to pass on for the raw headers of an answer, with the guard's own (`added`, lower case names
 * and values by turns) put last and in place of any of the same name, and what `limits` decides of
 * those that tell of limits. Throws fault `upstream_invalid`
 * for one that cannot be passed on: too many or too long headers, control characters, two lengths, a
 * transfer coding that the caller would not know of.
 */
export const responseHead = (
  raw: readonly (string | Buffer)[],
  status: number,
  added: readonly string[],
  limits?: LimitMerge,
): ResponseHead => {
  if (raw.length > MAX_HEADERS * 2) throw invalid('too many headers')
  const rawHeaders: string[] = []
  let contentType: string | undefined
  let lengthAt = -1
  let encoded = false
  let named: Set<string> | undefined
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i])
    const value = text(raw[i + 1])
    if (value.length > MAX_VALUE_CHARS || BAD_VALUE.test(value)) throw invalid('bad header value')
    const lower = name.toLowerCase()
    if (lower === 'connection') {
      named = withConnectionOptions(named, value)
    } else if (lower === 'transfer-encoding' && value.toLowerCase() !== 'chunked') {
      throw invalid('unknown transfer coding')
    }
    if (DROPPED.has(lower) || foldName(lower).startsWith(OWN_PREFIX)) continue
    if (added.length > 0 && isAmong(lower, added)) continue
    if (limits !== undefined && limits.take(name, lower, value)) continue
    if (lower === 'content-length') {
      if (status === 204) continue
      if (lengthAt !== -1) throw invalid('two lengths')
      lengthAt = rawHeaders.length
    } else if (lower === 'content-type') {
      contentType ??= value
    } else if (lower === 'content-encoding') {
      encoded ||= value.toLowerCase() !== 'identity'
    }
    rawHeaders.push(name, value)
  }
  limits?.theirs(rawHeaders)
  const head = { rawHeaders, contentType, lengthAt, encoded }
  const passed = named === undefined ? head : without(named, head)
  for (const word of added) passed.rawHeaders.push(word)
  limits?.ours(passed.rawHeaders)
  return passed
}

const isAmong = (name: string, headers: readonly string[]): boolean => {
  for (let i = 0; i < headers.length; i += 2) if (headers[i] === name) return true
  return false
}

/** The head without the headers that `Connection` named; its length stays, since it frames the body. */
const without = (named: ReadonlySet<string>, head: ResponseHead): ResponseHead => {
  const rawHeaders: string[] = []
  let lengthAt = -1
  for (let i = 0; i + 1 < head.rawHeaders.length; i += 2) {
    const name = head.rawHeaders[i] ?? ''
    if (i === head.lengthAt) lengthAt = rawHeaders.length
    else if (named.has(foldName(name))) continue
    rawHeaders.push(name, head.rawHeaders[i + 1] ?? '')
  }
  return { ...head, rawHeaders, lengthAt }
}
