import type { Credential } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import type { KeyedHash } from '../core/keyed-hash.ts'
import type { RequestHead } from './request-head.ts'

const MAX_LENGTH = 8192

/**
 * RFC 6750: one of these schemes, one blank, a token68, which covers API keys and JWTs. The blank may be
 * missing only where the token is, since parsers cut white space off the end of a field.
 */
const BEARER = /^bearer(?: ([A-Za-z0-9\-._~+/]*=*))?$/i

/** Visible ASCII without the comma, by which proxies join repeated fields, and without quotes. */
const HEADER_KEY = /^[!#-&(-+\-./0-9:;<=>?@A-Z[\]^_`a-z{|}~]*$/

/** Unreserved characters only: nothing that has a second spelling in a query. */
const QUERY_KEY = /^[A-Za-z0-9\-._~]*$/

const malformed = (detail: string): Fault => new Fault('invalid_credential', { detail })

const bearerToken = (value: string): string => {
  if (value === '') return ''
  const match = BEARER.exec(value)
  if (match === null) {
    throw malformed('Authorization must be the word Bearer, one blank and the key')
  }
  return match[1] ?? ''
}

/**
 * The one credential of a call, from Authorization, x-api-key, x-goog-api-key, api-key or `?key=`. An empty
 * one counts as not sent. `undefined` where there is none.
 *
 * Throws `ambiguous_credential` for two, also where both are the same: servers differ in which they
 * believe, and an upstream must not see a second one that was not judged. Throws `invalid_credential` for
 * another scheme than Bearer, more than 8 KiB, or characters no key has.
 */
export const readCredential = (
  head: RequestHead,
  queryKey: string | undefined,
  credentialHash: KeyedHash,
): Credential | undefined => {
  let secret = ''
  let carrier = ''
  const take = (value: string | undefined, from: string): void => {
    if (value === undefined || value === '') return
    if (carrier !== '') {
      throw new Fault('ambiguous_credential', { detail: `${carrier} and ${from} were both sent` })
    }
    if (value.length > MAX_LENGTH) throw malformed(`a key has at most ${MAX_LENGTH} bytes`)
    secret = value
    carrier = from
  }

  if (head.authorization !== undefined) take(bearerToken(head.authorization), 'authorization')
  take(head.xApiKey, 'x-api-key')
  take(head.xGoogApiKey, 'x-goog-api-key')
  take(head.apiKey, 'api-key')
  take(queryKey, 'key')

  if (carrier === '') return undefined
  if (carrier === 'key' && !QUERY_KEY.test(secret)) {
    throw malformed('send this key in a header: it has characters a query cannot carry plainly')
  }
  if (!HEADER_KEY.test(secret)) throw malformed(`${carrier} holds a character that no key has`)
  return { id: credentialHash(secret), secret, carrier }
}
