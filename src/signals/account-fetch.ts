import { lookup as resolve } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Pool } from 'undici'
import { isPublicAddress } from './account-address.ts'

/**
 * Where an operator's URL may lead: `public` means https to addresses of the public internet only,
 * `private` also http, loopback and private networks.
 */
export type Reach = 'public' | 'private'

/** Options of {@link createFetcher}. */
export type FetcherOptions = {
  /** Scheme, host and port; the path is given with each request. */
  readonly url: URL
  readonly reach: Reach
  readonly connections: number
  /** From asking to the last byte. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** One question. */
export type Question = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks one origin. Rejects on time-out, an answer too large or encoded, and a broken connection. */
export interface Fetcher {
  ask(question: Question): Promise<{ readonly status: number; readonly text: string }>
  close(): Promise<void>
}

const coded = (message: string, code: string): Error => Object.assign(new Error(message), { code })

/** Resolves a name and lets through only addresses of the public internet; those are then connected to. */
const lookupPublic: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const allowed = error === null ? found.filter(({ address }) => isPublicAddress(address)) : []
    const [first] = allowed
    if (first === undefined) {
      callback(error ?? coded('resolves to no public address', 'NO_PUBLIC_ADDRESS'), '', 0)
    } else if (options.all === true) callback(null, allowed)
    else callback(null, first.address, first.family)
  })
}

/** A URL as operators write it, or what is wrong with it. */
export const checkUrl = (text: string, reach: Reach): URL | { readonly wrong: string } => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return { wrong: 'not a URL' }
  if (url.username !== '' || url.password !== '') return { wrong: 'a URL with a password in it' }
  if (url.protocol !== 'https:' && !(reach === 'private' && url.protocol === 'http:')) {
    return { wrong: 'not https, and private networks are not allowed for it' }
  }
  // The URL parser has already turned octal, decimal and short forms into dotted ones.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (reach === 'public' && isIP(host) !== 0 && !isPublicAddress(host)) {
    return { wrong: 'a private address, and private networks are not allowed for it' }
  }
  return url
}

/**
 * A client for one origin on a small pool of its own. Follows no redirect, decodes nothing, reads at
 * most `maxBytes`, and with reach `public` connects only to public addresses, whatever the name says.
 */
export const createFetcher = (options: FetcherOptions): Fetcher => {
  const { url, reach, connections, timeoutMs, maxBytes } = options
  const pool = new Pool(url.origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: 16 * 1024,
    maxResponseSize: maxBytes,
    connect: {
      timeout: timeoutMs,
      ...(reach === 'public' ? { lookup: lookupPublic } : {}),
    },
  })
  return {
    ask: async ({ method, path, headers, body }) => {
      const answer = await pool.request({
        method,
        path,
        headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers },
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(timeoutMs),
      })
      if (answer.headers['content-encoding'] !== undefined) {
        // Without a listener the abort it reports would end the process.
        answer.body.on('error', () => undefined).destroy()
        throw coded('the answer is compressed', 'COMPRESSED_ANSWER')
      }
      return { status: answer.statusCode, text: await answer.body.text() }
    },
    close: () => pool.destroy(),
  }
}
