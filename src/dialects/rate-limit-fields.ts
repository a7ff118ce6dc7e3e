import type { LimitState } from '../core/decision.ts'
import { numberText } from '../core/number-text.ts'
import { isTighter, isTold, leftMsOf, toldAmount } from './own-limits.ts'

const S_MS = 1_000
const MAX_POLICIES = 4
/** Windows come from the policy, so there are few at a time; reloads bring others. */
const MAX_NAMES = 256

const names = new Map<number, string>()

const secondsOf = (ms: number): number => Math.ceil(ms / S_MS)

const windowText = (seconds: number): string => {
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`
}

/**
 * Name by which a caller knows a limit: what is counted and its window, such as `requests-1m`. It says
 * nothing of the policy's own ids, and stays the same for as long as the window does.
 */
export const limitName = ({ counted, windowMs }: LimitState): string => {
  if (counted !== 'requests') return `${counted}-${windowText(secondsOf(windowMs))}`
  const known = names.get(windowMs)
  if (known !== undefined) return known
  if (names.size >= MAX_NAMES) names.clear()
  const name = `requests-${windowText(secondsOf(windowMs))}`
  names.set(windowMs, name)
  return name
}

/** The limits over calls that are told, the tightest first, one a window. */
const toldOf = (limits: readonly LimitState[]): LimitState[] => {
  const told: LimitState[] = []
  for (const state of limits) {
    if (state.counted !== 'requests' || !isTold(state)) continue
    const twin = told.findIndex(({ windowMs }) => windowMs === state.windowMs)
    if (twin !== -1) {
      const other = told[twin]
      if (other !== undefined && !isTighter(state, other)) continue
      told.splice(twin, 1)
    }
    const at = told.findIndex((other) => isTighter(state, other))
    told.splice(at === -1 ? told.length : at, 0, state)
  }
  return told
}

/**
 * The fields `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers-11), names and
 * values by turns; empty without a limit over calls. The draft's registered units are calls, running
 * calls and bytes, so tokens and money cannot be told here. `t` is the wait in whole seconds, rounded
 * up, as of `ageMs` after the limits were asked.
 */
export const rateLimitFields = (limits: readonly LimitState[], ageMs: number): string[] => {
  const told = toldOf(limits)
  if (told.length === 0) return []
  let policies = ''
  let left = ''
  for (let at = 0; at < told.length && at < MAX_POLICIES; at++) {
    const state = told[at]
    if (state === undefined) break
    const { quota, remaining, resetMs, windowMs } = state
    // A window that nobody has begun yet begins with the next call.
    const waitMs = resetMs > 0 ? leftMsOf(state, ageMs) : windowMs
    const name = limitName(state)
    const comma = at === 0 ? '' : ', '
    policies += `${comma}"${name}";q=${numberText(toldAmount(quota))};w=${secondsOf(windowMs)}`
    left += `${comma}"${name}";r=${numberText(toldAmount(remaining))};t=${secondsOf(waitMs)}`
  }
  return ['ratelimit-policy', policies, 'ratelimit', left]
}
