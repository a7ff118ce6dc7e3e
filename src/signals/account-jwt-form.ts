import { isUtf8 } from 'node:buffer'
import { mapJsonLine } from './account-line-map.ts'

const MAX_BYTES = 8 * 1024
const PART = /^[A-Za-z0-9_-]+$/

/** A token taken apart. Nothing of it is authenticated yet. */
export type JwtForm = {
  readonly alg: string
  readonly kid: string | undefined
  readonly claims: { readonly [name: string]: unknown }
}

// Each of these lets a token name its own key or change how it is read (RFC 7515, RFC 7797).
const REFUSED = ['jwk', 'jku', 'x5c', 'x5u', 'crit', 'b64', 'zip'] as const
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt'])

/** Bytes of a part in the one spelling base64url has for them; `undefined` for any other spelling. */
const bytesOf = (part: string): Buffer | undefined => {
  if (!PART.test(part)) return undefined
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

const objectOf = (bytes: Buffer | undefined): JwtForm['claims'] | undefined => {
  if (bytes === undefined || !isUtf8(bytes)) return undefined
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    // An object out of JSON has string keys and nothing else.
    return value as JwtForm['claims']
  } catch {
    return undefined
  }
}

/**
 * Reads the form of a signed token in compact serialisation (RFC 7515). `undefined` for everything that
 * is not one exactly: over 8 KiB, other than three parts, a part in another spelling (one valid token
 * would have many), a doubled header, a header that brings its own key, a type other than a JWT's.
 */
export const readJwtForm = (token: string): JwtForm | undefined => {
  if (token.length > MAX_BYTES || !token.startsWith('ey')) return undefined
  const parts = token.split('.', 4)
  const [head = '', body = '', signature = ''] = parts
  if (parts.length !== 3 || bytesOf(signature) === undefined) return undefined
  const headBytes = bytesOf(head)
  const header = objectOf(headBytes)
  const claims = objectOf(bytesOf(body))
  if (headBytes === undefined || header === undefined || claims === undefined) return undefined
  if (REFUSED.some((name) => Object.hasOwn(header, name))) return undefined
  const { alg, kid, typ } = header
  if (typeof alg !== 'string') return undefined
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) return undefined
  if (typ !== undefined && !(typeof typ === 'string' && TYPES.has(typ.toLowerCase()))) {
    return undefined
  }
  if (mapJsonLine(headBytes.toString()).doubledAt !== undefined) return undefined
  return { alg, kid, claims }
}
