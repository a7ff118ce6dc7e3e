import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/seams.ts'
import { createAttempts } from './attempts.ts'
import type { AdminRole, AdminToken } from './parts.ts'

/** Who asks. */
export type Principal = { readonly name: string; readonly role: AdminRole }

/** Who a request is from, or why nobody knows. */
export type Authentication =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly code: 'token-required' | 'unknown-token' }
  | { readonly ok: false; readonly code: 'too-many-attempts'; readonly waitMs: number }

const MAX_TOKEN_CHARS = 512
const BEARER = /^Bearer +([\x21-\x7e]+) *$/i

/**
 * Checks bearer tokens. Tokens are compared as hashes under a key of this process, each one in constant
 * time and all of them always, so that neither length, nor a common prefix, nor the place in the list
 * shows. After `perMinute` wrong ones a peer is refused for the rest of the minute, the right ones
 * included, since the answer would tell it which was right. A request without a token is no attempt.
 */
export const createAuthentication = (options: {
  readonly clock: Clock
  readonly tokens: readonly AdminToken[]
  readonly perMinute: number
}): ((authorization: string | undefined, peer: string) => Authentication) => {
  const key = randomBytes(32)
  const hash = (token: string): Buffer => createHmac('sha256', key).update(token).digest()
  const known = options.tokens.map(({ name, role, token }) => ({ name, role, hash: hash(token) }))
  const attempts = createAttempts(options)

  return (authorization, peer) => {
    if (authorization === undefined) return { ok: false, code: 'token-required' }
    const waitMs = attempts.waitMs(peer)
    if (waitMs > 0) return { ok: false, code: 'too-many-attempts', waitMs }
    const presented = BEARER.exec(authorization)?.[1] ?? ''
    const presentedHash = hash(presented.slice(0, MAX_TOKEN_CHARS + 1))
    let found: Principal | undefined
    for (const { name, role, hash: knownHash } of known) {
      if (timingSafeEqual(knownHash, presentedHash)) found = { name, role }
    }
    if (found !== undefined && presented !== '') return { ok: true, principal: found }
    attempts.failed(peer)
    return { ok: false, code: 'unknown-token' }
  }
}
