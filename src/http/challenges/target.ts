/** Everything below this path is answered by the guard itself and never forwarded. */
export const OWN_PREFIX = '/.stillwatch'

/** What a request below {@link OWN_PREFIX} asks for. */
export type OwnTarget =
  | { readonly kind: 'customer_page' }
  /** The page for customers without the slash that its links need. */
  | { readonly kind: 'slash_missing' }
  | { readonly kind: 'challenge'; readonly id: string }
  | { readonly kind: 'step_up' }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'too_long' }
  | { readonly kind: 'unknown' }

/** Sealed ids have some 400 characters; a path of twice that is not one of ours. */
const MAX_TARGET_LENGTH = 2_048

const CHALLENGE = /^challenges\/([A-Za-z0-9\-._~]+)$/
const FILE = /^(?:assets\/)?[a-z][a-z0-9._-]*$/

/** Whether a raw request target is the guard's own, whatever it says there. */
export const isOwnTarget = (target: string): boolean => {
  if (!target.startsWith(OWN_PREFIX)) return false
  const next = target.charCodeAt(OWN_PREFIX.length)
  // The end, a slash, a question mark: `/.stillwatchdog` is somebody else's.
  return Number.isNaN(next) || next === 0x2f || next === 0x3f
}

/**
 * Reads a target for which {@link isOwnTarget} holds. Only the path counts, and it has one spelling: an
 * escape, a doubled slash or a dot segment is `unknown`. A query is allowed and ignored, since mail
 * programs and chats add theirs to links.
 */
export const readOwnTarget = (target: string): OwnTarget => {
  if (target.length > MAX_TARGET_LENGTH) return { kind: 'too_long' }
  const mark = target.indexOf('?')
  const whole = mark === -1 ? target : target.slice(0, mark)
  if (whole === OWN_PREFIX) return { kind: 'slash_missing' }
  const path = whole.slice(OWN_PREFIX.length + 1)
  if (path === '') return { kind: 'customer_page' }
  if (path === 'step-up') return { kind: 'step_up' }
  const id = CHALLENGE.exec(path)?.[1]
  if (id !== undefined) return { kind: 'challenge', id }
  return FILE.test(path) ? { kind: 'file', name: path } : { kind: 'unknown' }
}
