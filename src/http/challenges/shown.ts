import type { Issued, Puzzle } from '../../core/challenge.ts'
import type { VendorScript } from './security-policy.ts'
import type { Language } from './strings.ts'

/** How a challenge stands. */
export type ChallengeState =
  | 'open'
  | 'passed'
  | 'refused'
  | 'expired'
  | 'unavailable'
  /** It is bound to another network than the one it is looked at from. */
  | 'elsewhere'

/** A challenge as it is shown: the same for people and programs. */
export type Shown = {
  /** Sealed, as it stands in the address. */
  readonly id: string
  readonly url: string
  readonly issued: Issued
  readonly state: ChallengeState
  /** Set while a proof of work is open. */
  readonly puzzle?: Puzzle | undefined
}

/** Who verifies the challenge `human`. */
export type HumanVendor = VendorScript & { readonly siteKey: string }

/** What pages need beside the challenge. */
export type PageSetting = {
  readonly language: Language
  /** An e-mail address or a URL. */
  readonly contact: string | undefined
  readonly human: HumanVendor | undefined
  /** Where the operator's own console asks for this confirmation. */
  readonly consoleLink?: string | undefined
}
