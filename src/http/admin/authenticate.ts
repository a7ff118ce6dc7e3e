import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { canonicalAddress, networkOf } from '../../core/ip.ts'
import type { Attempts } from '../../limits/attempts.ts'
import type { AdminRole, AdminToken } from './parts.ts'

/** Who asks. */
export type Principal = { readonly name: string; readonly role: AdminRole }

/** Who a request is from, or why nobody knows. */
export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly code: 'token-required' | 'unknown-token' }
  | { readonly ok: false; readonly code: 'too-many-attempts'; readonly waitMs: number }

const MAX_TOKEN_CHARS = 512
/** IPv6 callers own a whole /64: counting addresses would count nothing. */
const keyOf = (peer: string): string => {
  const address = canonicalAddress(peer)
  if (address === undefined) return 'unknown'
  return address.includes(':') ? networkOf(address) : address
}

const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Checks bearer tokens. Tokens are compared as hashes under a key of this process, each one in constant
 * time and all of them always, so that neither length, nor a common prefix, nor the place in the list
 * shows. After too many wrong ones in a minute a peer is refused for the rest of it, the right ones
 * included, since the answer would tell it which was right. A request without a token is no attempt.
 */
export const createAuthentication = (options: {
  readonly tokens: readonly AdminToken[]
  readonly attempts: Attempts
}): ((authorization: string | undefined, peer: string) => Promise<Authentication>) => {
  const key = randomBytes(32)
  const hash = (token: string): Buffer => createHmac('sha256', key).update(token).digest()
  const known = options.tokens.map(({ name, role, token }) => ({ name, role, hash: hash(token) }))
  const { attempts } = options

  return async (authorization, peer) => {
    if (authorization === undefined) return { ok: false, code: 'token-required' }
    const presented = BEARER.exec(authorization)?.[1] ?? ''
    const presentedHash = hash(presented.slice(0, MAX_TOKEN_CHARS + 1))
    let found: Principal | undefined
    for (const { name, role, hash: knownHash } of known) {
      if (timingSafeEqual(knownHash, presentedHash)) found = { name, role }
    }
    if (presented === '') found = undefined
    const from = keyOf(peer)
    const waitMs = await (found === undefined ? attempts.failed(from) : attempts.waitMs(from))
    if (waitMs > 0) return { ok: false, code: 'too-many-attempts', waitMs }
    if (found === undefined) return { ok: false, code: 'unknown-token' }
    return { ok: true, principal: found }
  }
}
