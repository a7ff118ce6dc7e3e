import type { LimitState } from '../core/decision.ts'
import type { LimitWire } from './limit-groups.ts'
import { isTold, toldAmount } from './own-limits.ts'
import { limitName } from './rate-limit-fields.ts'

/** Google sends no rate-limit headers of its own. */
export const GEMINI_LIMITS: LimitWire = { groups: [], resetText: () => '' }

const MAX_VIOLATIONS = 4

type QuotaFailure = {
  readonly '@type': string
  readonly violations: readonly {
    readonly quotaMetric: string
    readonly quotaId: string
    readonly quotaValue: string
  }[]
}

/**
 * The detail in which Google's clients look for the limit that is reached; `undefined` where none of
 * those that refused is the caller's own. Money is left out.
 */
export const quotaFailureOf = (limits: readonly LimitState[]): QuotaFailure | undefined => {
  const violations = limits
    .filter((state) => state.exceeded && state.counted !== 'usd' && isTold(state))
    .slice(0, MAX_VIOLATIONS)
    .map((state) => ({
      quotaMetric: `stillwatch/${state.counted}`,
      quotaId: limitName(state),
      quotaValue: String(toldAmount(state.quota)),
    }))
  return violations.length === 0
    ? undefined
    : { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations }
}
