import { Fault } from '../core/fault.ts'
import { createNameClasses, type NameClass } from './header-name.ts'

/** The header fields the reader judges, each proven to stand there at most once. */
export type RequestHead = {
  readonly host: string
  readonly contentType: string | undefined
  readonly contentLength: number | undefined
  readonly chunked: boolean
  /** Whether the body is encoded in a way the guard does not undo. */
  readonly encoded: boolean
  readonly authorization: string | undefined
  readonly xApiKey: string | undefined
  readonly xGoogApiKey: string | undefined
  readonly apiKey: string | undefined
  readonly anthropicVersion: string | undefined
  readonly origin: string | undefined
  readonly requestMethod: string | undefined
  readonly requestHeaders: string | undefined
  /** All X-Forwarded-For fields, joined in wire order. */
  readonly forwardedFor: string | undefined
  /** The Forwarded fields, in wire order: quoting in one must not swallow the next. */
  readonly forwarded: readonly string[]
  /** Names and values by turns, without what may not be passed on. */
  readonly rawHeaders: readonly string[]
}

/** Reads a head. `fromTrustedPeer` decides whether headers of the trusted edge count. */
export type HeadReader = (
  rawHeaders: readonly string[],
  options: { readonly fromTrustedPeer: boolean },
) => RequestHead

const MAX_FIELDS = 128
const NONE: readonly string[] = []

/** RFC 9112 section 3.2: a name or address with an optional port; an IPv6 address in brackets. */
const HOST = /^(?:[A-Za-z0-9_][\w\-.~]{0,254}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

const twice = (name: string): Fault => new Fault('invalid_header', { detail: `${name} came twice` })

/** The value of a field that may stand once, given what stood there before. */
const once = (before: string | undefined, value: string, name: string): string => {
  if (before !== undefined) throw twice(name)
  return value
}

/** Likewise for a carrier of a credential. */
const onceKey = (before: string | undefined, value: string, name: string): string => {
  if (before !== undefined)
    throw new Fault('ambiguous_credential', { detail: `${name} came twice` })
  return value
}

/**
 * Refuses upgrades, and options that name a header the guard judges: the next server would be told to
 * drop it (RFC 9110 section 7.6.1), and would then see another call than the one that was judged.
 */
const judgeConnection = (value: string, classOf: (name: string) => NameClass): void => {
  for (const option of value.split(',')) {
    const name = option.trim()
    if (name === '') continue
    const kind = classOf(name)
    if (kind === 'upgrade' || kind === 'http2-settings') throw new Fault('upgrade_refused')
    if (kind !== 'plain' && kind !== 'dropped') {
      throw new Fault('invalid_header', { detail: 'connection names a header that is needed' })
    }
  }
}

const stoodBefore = (rawHeaders: readonly string[], at: number): boolean => {
  const name = rawHeaders[at]?.toLowerCase()
  for (let before = 0; before < at; before += 2) {
    if (rawHeaders[before]?.toLowerCase() === name) return true
  }
  return false
}

const lengthOf = (value: string): number => {
  if (!/^\d{1,15}$/.test(value)) {
    throw new Fault('invalid_header', { detail: 'content-length is not a whole number' })
  }
  return Number(value)
}

/**
 * Makes the head reader: one pass over the fields as they came, no copy unless something is dropped.
 *
 * Refused: no or two Hosts (`invalid_host`); a repeated single-value field, method overrides, names that
 * CGI-style servers would confuse with a judged one, framing other than a plain length or `chunked`
 * (`invalid_header`); repeated credentials (`ambiguous_credential`); upgrades (`upgrade_refused`); more
 * than 128 fields (`headers_too_large`). Dropped: every spelling under our own prefix, path overrides,
 * keys for other gateways, and `edgeHeaders` from a peer that is not a trusted proxy. Other names with
 * underscores pass, because popular clients send them (`session_id`).
 */
export const createHeadReader = (options: {
  readonly edgeHeaders: readonly string[]
}): HeadReader => {
  const classOf = createNameClasses(options.edgeHeaders)

  return (rawHeaders, { fromTrustedPeer }) => {
    let host: string | undefined
    let contentType: string | undefined
    let length: string | undefined
    let transfer: string | undefined
    let encoding: string | undefined
    let authorization: string | undefined
    let xApiKey: string | undefined
    let xGoogApiKey: string | undefined
    let apiKey: string | undefined
    let anthropicVersion: string | undefined
    let userAgent: string | undefined
    let origin: string | undefined
    let requestMethod: string | undefined
    let requestHeaders: string | undefined
    let forwardedFor: string | undefined
    let forwarded: string[] | undefined
    let dropped: number[] | undefined

    if (rawHeaders.length > MAX_FIELDS * 2) throw new Fault('headers_too_large')
    for (let at = 0; at < rawHeaders.length; at += 2) {
      const name = rawHeaders[at] ?? ''
      const value = rawHeaders[at + 1] ?? ''
      const kind = classOf(name)
      switch (kind) {
        case 'plain':
          break
        case 'host':
          if (host !== undefined) throw new Fault('invalid_host')
          host = value
          break
        case 'content-type':
          contentType = once(contentType, value, kind)
          break
        case 'content-length':
          length = once(length, value, kind)
          break
        case 'transfer-encoding':
          transfer = once(transfer, value, kind)
          break
        case 'content-encoding':
          encoding = once(encoding, value, kind)
          break
        case 'authorization':
          authorization = onceKey(authorization, value, kind)
          break
        case 'x-api-key':
          xApiKey = onceKey(xApiKey, value, kind)
          break
        case 'x-goog-api-key':
          xGoogApiKey = onceKey(xGoogApiKey, value, kind)
          break
        case 'api-key':
          apiKey = onceKey(apiKey, value, kind)
          break
        case 'anthropic-version':
          anthropicVersion = once(anthropicVersion, value, kind)
          break
        case 'user-agent':
          userAgent = once(userAgent, value, kind)
          break
        case 'origin':
          origin = once(origin, value, kind)
          break
        case 'access-control-request-method':
          requestMethod = once(requestMethod, value, kind)
          break
        case 'access-control-request-headers':
          requestHeaders = once(requestHeaders, value, kind)
          break
        case 'x-forwarded-for':
          forwardedFor = forwardedFor === undefined ? value : `${forwardedFor},${value}`
          break
        case 'forwarded':
          ;(forwarded ??= []).push(value)
          break
        case 'connection':
          if (value !== 'keep-alive' && value !== 'close') judgeConnection(value, classOf)
          break
        case 'upgrade':
        case 'http2-settings':
          throw new Fault('upgrade_refused')
        case 'once':
          if (stoodBefore(rawHeaders, at)) throw twice(name.toLowerCase())
          break
        case 'edge':
          if (!fromTrustedPeer) (dropped ??= []).push(at)
          else if (stoodBefore(rawHeaders, at)) throw twice(name.toLowerCase())
          break
        case 'dropped':
          ;(dropped ??= []).push(at)
          break
        case 'method-override':
          throw new Fault('invalid_header', { detail: 'send the method itself, not an override' })
        case 'disguised':
          throw new Fault('invalid_header', { detail: `write ${name.slice(0, 64)} with hyphens` })
        case 'malformed':
          throw new Fault('invalid_header', { detail: 'a header name is not a token' })
      }
    }
    if (host === undefined || !HOST.test(host)) throw new Fault('invalid_host')
    const chunked = transfer !== undefined
    if (chunked && (transfer?.toLowerCase() !== 'chunked' || length !== undefined)) {
      throw new Fault('invalid_header', {
        detail: 'a body has either a content-length or transfer-encoding: chunked',
      })
    }
    return {
      host,
      contentType,
      contentLength: length === undefined ? undefined : lengthOf(length),
      chunked,
      encoded: encoding !== undefined && encoding !== '' && encoding.toLowerCase() !== 'identity',
      authorization,
      xApiKey,
      xGoogApiKey,
      apiKey,
      anthropicVersion,
      origin,
      requestMethod,
      requestHeaders,
      forwardedFor,
      forwarded: forwarded ?? NONE,
      rawHeaders: dropped === undefined ? rawHeaders : without(rawHeaders, dropped),
    }
  }
}

const without = (rawHeaders: readonly string[], dropped: readonly number[]): readonly string[] =>
  rawHeaders.filter((_, at) => !dropped.includes(at & ~1))
