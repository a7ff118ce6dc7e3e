import type { Challenge, Issued } from '../core/challenge.ts'
import type { Clock } from '../core/seams.ts'
import { createStepUpLink } from './step-up-link.ts'
import { readStepUpMessage } from './step-up-message.ts'
import { stepUpKeys } from './step-up-secret.ts'
import { settleStepUp, type Settled, type SettlingParts } from './step-up-settle.ts'
import { judgeSignature } from './step-up-signature.ts'

/** What became of a webhook. */
export type StepUpOutcome =
  | Settled
  /** No secrets are set: there is no webhook. */
  | { readonly kind: 'disabled' }
  | { readonly kind: 'unsigned' | 'stale' }
  | { readonly kind: 'malformed'; readonly what: string }

/** A challenge that the account holder passes in the operator's own console. */
export interface StepUp {
  /** What callers send themselves is never an answer. */
  readonly challenge: Challenge
  /** Where the operator's console asks for it, signed; `undefined` without a url or without secrets. */
  readonly linkFor: (issued: Issued, sealedId: string) => string | undefined
  /**
   * Takes a webhook, headers (names and values by turns) and a body of at most `MAX_WEBHOOK_BYTES` as they
   * came. Never rejects.
   */
  readonly receive: (webhook: {
    readonly rawHeaders: readonly string[]
    readonly body: Uint8Array
  }) => Promise<StepUpOutcome>
}

/** The largest body of a webhook that is read; a sealed id has 2,000 characters at most. */
export const MAX_WEBHOOK_BYTES = 8 * 1024

/**
 * The challenge `step_up`: a signed link into the operator's console, and a signed webhook back (see
 * `step-up-link.ts`, `step-up-signature.ts`, `step-up-message.ts`). The first secret signs links, all of
 * them open webhooks; without any the operator confirms by the admin API alone. Cheap checks come first:
 * signature, time, form, and only then the challenge. Throws where a secret cannot be read.
 */
export const createStepUp = (
  options: SettlingParts & {
    readonly url?: string | undefined
    readonly secrets?: readonly string[] | undefined
    readonly clock: Clock
  },
): StepUp => {
  const { url, secrets = [], clock } = options
  const keys = secrets.flatMap(stepUpKeys)
  const [newest] = keys
  const link = url !== undefined && newest !== undefined && createStepUpLink({ url, key: newest })
  return {
    challenge: { kind: 'step_up', verify: async () => 'malformed' },
    linkFor: (issued, sealedId) =>
      link === false || issued.kind !== 'step_up' ? undefined : link(issued, sealedId),
    receive: async ({ rawHeaders, body }) => {
      if (keys.length === 0) return { kind: 'disabled' }
      const verdict = judgeSignature({ rawHeaders, body, keys, nowMs: clock.now() })
      if (verdict !== 'signed') return { kind: verdict }
      const read = readStepUpMessage(body)
      if (!read.ok) return { kind: 'malformed', what: read.what }
      return settleStepUp(options, read.message)
    },
  }
}
