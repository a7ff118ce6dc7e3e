import { DAY_MS } from './time.ts'

/** What an override can be of, the most specific first: of several that meet a call the first counts. */
export const OVERRIDE_KINDS = ['credential', 'account', 'entity', 'network', 'asn'] as const

/** One of {@link OVERRIDE_KINDS}. */
export type OverrideKind = (typeof OVERRIDE_KINDS)[number]

/** What an override can say: skip the rules (never the limits), or refuse. */
export const OVERRIDE_VERDICTS = ['allow', 'deny'] as const

/** One of {@link OVERRIDE_VERDICTS}. */
export type OverrideVerdict = (typeof OVERRIDE_VERDICTS)[number]

/** Longest life of an override, in milliseconds: what has to stay belongs into a policy. */
export const MAX_OVERRIDE_MS: number = 90 * DAY_MS

/** Characters of the reason at most. */
export const MAX_OVERRIDE_WHY_CHARS = 500

/** Whom an override is about. */
export type OverrideSubject = {
  readonly of: OverrideKind
  /**
   * Id of an account or entity, keyed hash of a credential, network as `caller.network` has it, or a number
   * of an autonomous system in digits.
   */
  readonly name: string
}

/** An operator's word about one caller or a group of them. Never changed but for its end. */
export type Override = OverrideSubject & {
  /** 22 characters, base64url. */
  readonly id: string
  readonly verdict: OverrideVerdict
  /** When it was set, milliseconds. */
  readonly atMs: number
  /** When it ends by itself, milliseconds. */
  readonly expiresMs: number
  /** Name of the token that set it. */
  readonly by: string
  readonly why: string
  /** Set where an operator has ended it: it counts no more, and is remembered until it would have ended. */
  readonly ended?: { readonly atMs: number; readonly by: string; readonly why: string } | undefined
}

/** The truth about overrides. Both reject where it cannot be reached, within a deadline. */
export interface OverrideLedger {
  /** Writes an override down. One that was ended stays so, whatever is written after. */
  put(override: Override): Promise<void>
  /** All that have not run out, ended ones too. */
  load(): Promise<readonly Override[]>
}

/** What the id of the deciding rule begins with where no rule but an override decided. */
const RULE_PREFIX = 'override:'

/** Id of the rule that decides where an override does; no rule of a policy can have such an id. */
export const overrideRule = (id: string): string => RULE_PREFIX + id

/** Whether the id of a deciding rule names an override. */
export const isOverrideRule = (rule: string | undefined): boolean =>
  rule?.startsWith(RULE_PREFIX) === true
