import { createHash } from 'node:crypto'
import type { Demand, Reason } from '../core/decision.ts'
import { Facts, Unknown } from '../core/facts.ts'
import { added, NONE, reasonOf } from './draft-decision.ts'
import type { Limit, Policy } from './policy.ts'
import { inRollout } from './rollout.ts'
import type { Sheet } from './sheet.ts'
import { standing } from './standing.ts'

/** Longest key as it stands; longer ones are hashed, so that callers cannot fill memory through them. */
const MAX_KEY = 200

const escaped = (text: string): string =>
  /[%|#]/.test(text)
    ? text.replaceAll('%', '%25').replaceAll('|', '%7C').replaceAll('#', '%23')
    : text

/**
 * The key of a counter: the values joined by `|`, with that sign escaped inside values, so that no two
 * different lists of values share a counter. `undefined` where a value is unknown.
 */
export const keyOf = (slots: readonly number[], sheet: Sheet): string | undefined => {
  let key = ''
  for (let at = 0; at < slots.length; at++) {
    const value = sheet[slots[at] ?? -1]
    if (value === undefined || value instanceof Unknown) return undefined
    const text = escaped(typeof value === 'string' ? value : String(value))
    key = at === 0 ? text : `${key}|${text}`
  }
  if (key.length <= MAX_KEY) return key
  return `#${createHash('sha256').update(key).digest('base64url').slice(0, 22)}`
}

/** Where reasons of a decision are put. */
export type Notes = { reasons: Reason[] }

/** The effective quota, a whole number that is still counted exactly. */
export const scaledQuota = (quota: number, scale: number): number =>
  Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.floor(quota * scale)))

const quotaOf = (limit: Limit, policy: Policy, sheet: Sheet, notes: Notes): number => {
  if (limit.scale === undefined) return limit.quota
  const found = limit.scale.run(sheet)
  let scale = policy.fallbackScale
  if (typeof found === 'object') {
    notes.reasons = added(notes.reasons, reasonOf(`limits.${limit.id}.scale`, found, sheet))
  } else if (Number.isFinite(found)) {
    scale = found
  } else {
    const text = 'the scale is not a finite number'
    notes.reasons = added(notes.reasons, { kind: 'error', in: `limits.${limit.id}.scale`, text })
  }
  return scaledQuota(limit.quota, scale)
}

/** What a limit demands of a call whose key is known. */
const demandOf = (
  limit: Limit,
  key: string,
  policy: Policy,
  sheet: Sheet,
  notes: Notes,
): Demand => ({
  limit: limit.id,
  key,
  counted: limit.counted,
  quota: quotaOf(limit, policy, sheet, notes),
  windowMs: limit.windowMs,
  align: limit.align,
  posture: limit.posture,
  enforced: limit.mode === 'enforce' && inRollout(limit.id, limit.rollout, sheet),
  own: limit.own,
})

/**
 * The demands of all limits that apply to a call. A limit with an unknown `per` fact does not apply; one
 * whose condition cannot be evaluated applies where its document is `closed`.
 */
export const demandsFor = (policy: Policy, sheet: Sheet, notes: Notes): Demand[] => {
  let demands: Demand[] = NONE
  for (const limit of policy.limits) {
    if (limit.mode === 'off') continue
    const matched = limit.condition.run(sheet)
    if (matched === false) continue
    if (matched !== true) {
      notes.reasons = added(notes.reasons, reasonOf(`limits.${limit.id}`, matched, sheet))
      if (!limit.unknownMatches) continue
    }
    const key = keyOf(limit.slots, sheet)
    if (key !== undefined) demands = added(demands, demandOf(limit, key, policy, sheet, notes))
  }
  return demands
}

/**
 * The counters an operator asks about: every limit whose `per` facts are known and whose condition is not
 * known to be false, whatever the rules say. Facts may be partial; the sheet given is not changed.
 */
export const demandsOf = (policy: Policy, facts: Facts): readonly Demand[] => {
  const sheet = new Facts(facts.values).values
  standing(policy, sheet)
  const notes: Notes = { reasons: NONE }
  return policy.limits.flatMap((limit) => {
    if (limit.mode === 'off' || limit.condition.run(sheet) === false) return []
    const key = keyOf(limit.slots, sheet)
    return key === undefined ? [] : [demandOf(limit, key, policy, sheet, notes)]
  })
}
