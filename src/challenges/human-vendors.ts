import { hash } from 'node:crypto'

/** Who verifies that a person is there. */
export type HumanVendorName = 'turnstile' | 'hcaptcha'

/** The action that our page renders a Turnstile widget with. */
export const WIDGET_ACTION = 'stillwatch'

/** What a vendor said of a token, in its own words; nothing of it is checked. */
export type VendorWord = {
  readonly success?: unknown
  readonly hostname?: unknown
  readonly action?: unknown
  readonly cdata?: unknown
  readonly 'error-codes'?: unknown
}

/** A vendor's verification endpoint and how its answers are read. */
export type HumanVendor = {
  readonly verifyUrl: string
  /** A longer token is none of theirs. */
  readonly maxTokenChars: number
  /** What the form has beside secret, response and remoteip. */
  extraFields(about: {
    readonly token: string
    readonly challenge: string
    readonly siteKey: string
  }): { readonly [field: string]: string }
  /** Error codes about the token; every other one is about us or about the vendor. */
  readonly wrongCodes: ReadonlySet<string>
  /** Error codes by which the vendor says that it has failed itself. */
  readonly failedCodes: ReadonlySet<string>
  /** Host names that say nothing, and are to be taken. */
  readonly silentHostnames: ReadonlySet<string>
  /** Whether a token that is good was solved for something else. */
  misused(word: VendorWord, challenge: string): 'foreign' | 'not_yours' | undefined
}

/**
 * A UUID that is the same for the same token and challenge: asked again about both, Turnstile repeats its
 * answer, so that nobody has to solve anew because our own ledger did not answer the first time.
 */
const idempotencyKey = (token: string, challenge: string): string => {
  const hex = hash('sha256', `${challenge}.${token}`, 'hex')
  const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3] ?? '8'
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

/**
 * Cloudflare Turnstile: form fields `secret`, `response`, `remoteip`, `idempotency_key` (a UUID); answer
 * `success`, `hostname`, `action`, `cdata`, `error-codes`; `action` and `cdata` are protected against
 * changes by the client. Tokens have at most 2,048 characters, hold 300 s and once.
 * https://developers.cloudflare.com/turnstile/get-started/server-side-validation/
 */
const turnstile: HumanVendor = {
  verifyUrl: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
  maxTokenChars: 2_048,
  extraFields: ({ token, challenge }) => ({ idempotency_key: idempotencyKey(token, challenge) }),
  wrongCodes: new Set(['missing-input-response', 'invalid-input-response', 'timeout-or-duplicate']),
  failedCodes: new Set(['internal-error']),
  silentHostnames: new Set(),
  misused: ({ action, cdata }, challenge) => {
    if (action !== WIDGET_ACTION) return 'foreign'
    return cdata === challenge ? undefined : 'not_yours'
  },
}

/**
 * hCaptcha: form fields `secret`, `response`, `remoteip`, `sitekey` (the token must be of this one); answer
 * `success`, `hostname`, `error-codes`. The host name comes from the browser and is `not-provided` while a
 * site has unusually much traffic; what ties a token to us is the site key. It cannot be tied to one
 * challenge: a token that was solved for one of ours passes one other, and then none.
 * https://docs.hcaptcha.com/#verify-the-user-response-server-side
 */
const hcaptcha: HumanVendor = {
  verifyUrl: 'https://api.hcaptcha.com/siteverify',
  maxTokenChars: 7_000,
  extraFields: ({ siteKey }) => ({ sitekey: siteKey }),
  wrongCodes: new Set([
    'missing-input-response',
    'invalid-input-response',
    'expired-input-response',
    'already-seen-response',
    'invalid-or-already-seen-response',
  ]),
  failedCodes: new Set(['internal-error']),
  silentHostnames: new Set(['not-provided']),
  misused: () => undefined,
}

/** Vendors by the name they have in the settings. */
export const HUMAN_VENDORS: { readonly [vendor in HumanVendorName]: HumanVendor } = {
  turnstile,
  hcaptcha,
}
