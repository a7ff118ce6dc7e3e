import type { Counted, LimitState } from '../core/decision.ts'
import { numberText } from '../core/number-text.ts'
import type { LimitGroup, LimitHeaders } from '../core/seams.ts'
import { leftMsOf, tightestOf, toldAmount } from './own-limits.ts'
import { rateLimitFields } from './rate-limit-fields.ts'

/** A group of a provider's own rate-limit headers. */
export type GroupNames = { readonly counted: Counted; readonly names: LimitGroup['names'] }

/** How a provider tells of limits beside the fields that all have in common. */
export type LimitWire = {
  readonly groups: readonly GroupNames[]
  /** Text of a reset that comes `resetMs` after now, at `atMs` of the clock where that is known. */
  resetText(resetMs: number, atMs: number | undefined): string | undefined
}

const NO_GROUPS: readonly LimitGroup[] = []

const isOwn = (limits: readonly LimitState[]): boolean => {
  for (const state of limits) if (state.own) return true
  return false
}

/** What a caller is told of its own limits by a provider of this kind, see `Dialect.limitHeaders`. */
export const limitHeadersOf = (
  wire: LimitWire,
  limits: readonly LimitState[],
  atMs: number | undefined,
  ageMs: number,
): LimitHeaders | undefined => {
  if (!isOwn(limits)) return undefined
  const fields = rateLimitFields(limits, ageMs)
  let groups: LimitGroup[] | undefined
  for (const { counted, names } of wire.groups) {
    const state = tightestOf(limits, counted)
    if (state === undefined) continue
    const remaining = toldAmount(state.remaining)
    const resetMs = leftMsOf(state, ageMs)
    const reset = wire.resetText(resetMs, atMs === undefined ? undefined : atMs + ageMs + resetMs)
    if (reset === undefined) continue
    groups ??= []
    const values = [numberText(toldAmount(state.quota)), numberText(remaining), reset] as const
    groups.push({ names, values, remaining, resetMs })
  }
  if (groups === undefined && fields.length === 0) return undefined
  return { fields, groups: groups ?? NO_GROUPS }
}
