import type { VendorAnswer } from './human-ask.ts'
import type { HumanVendor, VendorWord } from './human-vendors.ts'

/** What an answer of a vendor comes to. */
export type VendorJudgement =
  | { readonly kind: 'passed' | 'wrong' | 'not_yours' }
  /** A good token of another page than ours. */
  | { readonly kind: 'foreign' }
  /** It was no answer: the vendor has failed. `cause` is a short word, never text of the vendor. */
  | { readonly kind: 'failed'; readonly cause: string }
  /** We have asked too often: the vendor is there, and whoever crowds it must not gain by that. */
  | { readonly kind: 'crowded' }
  /** The vendor answers, and will go on saying this until the settings are right. */
  | { readonly kind: 'misconfigured'; readonly cause: string }

/** What our answer has to fit. */
export type Expected = {
  readonly vendor: HumanVendor
  /** Lower case. */
  readonly hostnames: ReadonlySet<string>
  /** Name of the challenge that is answered. */
  readonly challenge: string
}

const MAX_CODES = 16
const CODE = /^[a-z][a-z-]{2,60}$/

const wordOf = (text: string): VendorWord | undefined => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
}

const codesOf = (word: VendorWord): string[] => {
  const codes = word['error-codes']
  if (!Array.isArray(codes)) return []
  return codes
    .slice(0, MAX_CODES)
    .filter((code): code is string => typeof code === 'string' && CODE.test(code))
}

/** Why `success` is false. A code that is not known is nobody's promise that the token was bad, or good. */
const refusalOf = (word: VendorWord, vendor: HumanVendor): VendorJudgement => {
  const codes = codesOf(word)
  const ours = codes.find((code) => !vendor.wrongCodes.has(code) && !vendor.failedCodes.has(code))
  if (ours !== undefined) return { kind: 'misconfigured', cause: ours }
  // A token that was judged bad is bad, whatever else went wrong.
  if (codes.some((code) => vendor.wrongCodes.has(code))) return { kind: 'wrong' }
  const failed = codes.find((code) => vendor.failedCodes.has(code))
  return failed === undefined ? { kind: 'wrong' } : { kind: 'failed', cause: failed }
}

/**
 * Judges an answer of a vendor: a token has passed where `success` is true and everything that the vendor
 * reports about it fits. Only what a caller cannot bring about counts as the vendor's failure: statuses
 * from 500 and 408, redirects, and what is not JSON with a boolean `success`. Never throws.
 */
export const judgeVendorAnswer = (
  { status, text }: VendorAnswer,
  { vendor, hostnames, challenge }: Expected,
): VendorJudgement => {
  if (status === 429) return { kind: 'crowded' }
  if (status >= 500 || status === 408 || (status >= 300 && status < 400)) {
    return { kind: 'failed', cause: `http ${status}` }
  }
  const word = wordOf(text)
  if (status < 200 || status >= 300) {
    // Turnstile tells of mistakes with 400 too; without its words it may be about the token or about us.
    return word?.success === false
      ? refusalOf(word, vendor)
      : { kind: 'misconfigured', cause: `http ${status}` }
  }
  if (word?.success === false) return refusalOf(word, vendor)
  if (word?.success !== true) return { kind: 'failed', cause: 'garbage' }
  // What contradicts itself says nothing.
  if (codesOf(word).length > 0) return { kind: 'failed', cause: 'garbage' }
  const { hostname } = word
  if (typeof hostname !== 'string') return { kind: 'foreign' }
  if (!vendor.silentHostnames.has(hostname) && !hostnames.has(hostname.toLowerCase())) {
    return { kind: 'foreign' }
  }
  return { kind: vendor.misused(word, challenge) ?? 'passed' }
}
