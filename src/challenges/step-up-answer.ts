import type { StepUpOutcome } from './step-up.ts'

/** An answer to a webhook, as the listener gives it. */
export type StepUpAnswer = {
  readonly status: number
  readonly json: unknown
  readonly retryAfterMs?: number
}

const RETRY_AFTER_MS = 2_000

const refusal = (status: number, code: string, message: string): StepUpAnswer => ({
  status,
  json: { error: { code, message } },
})

/**
 * What the sender of a webhook is told. 2xx means that its word stands, so that a sender which delivers at
 * least once is calm. A challenge that has expired is a 409: senders take 410 for a wish to hear no more.
 */
export const stepUpAnswer = (outcome: StepUpOutcome): StepUpAnswer => {
  switch (outcome.kind) {
    case 'settled': {
      const { issued, clearance, result } = outcome
      const holdsUntil = new Date(clearance.expiresMs).toISOString()
      return {
        status: 200,
        json: { clearance: clearance.id, kind: issued.kind, result, expires_at: holdsUntil },
      }
    }
    case 'disabled':
      return refusal(404, 'not_found', 'No webhook is set up: set step_up.secrets.')
    case 'unsigned':
      return refusal(
        401,
        'webhook_unsigned',
        'No signature of webhook-signature fits id, time and body.',
      )
    case 'stale':
      return refusal(
        401,
        'webhook_stale',
        'The time in webhook-timestamp is more than 5 minutes off.',
      )
    case 'malformed':
      return refusal(400, 'webhook_malformed', outcome.what)
    case 'unknown':
    case 'not_step_up':
      return refusal(400, 'challenge_malformed', 'This is no step-up of this gateway.')
    case 'contradicts':
      return refusal(
        409,
        'challenge_spent',
        `Another word about this challenge stands already: ${outcome.standing.state}.`,
      )
    case 'expired':
      return refusal(
        409,
        'challenge_expired',
        'This challenge has expired; the next call gets another.',
      )
    case 'unavailable':
      return {
        ...refusal(503, 'challenge_unavailable', 'This cannot be written down now. Send it again.'),
        retryAfterMs: RETRY_AFTER_MS,
      }
    default:
      return outcome satisfies never
  }
}
