import type { Decision, Demand, Reason, ShadowHit } from '../core/decision.ts'
import { Unknown } from '../core/facts.ts'
import { describeMissing, type Broken, type Sheet } from './sheet.ts'

type Changeable<T> = { -readonly [K in keyof T]: T[K] }

/** A decision while it is being made. Its lists are {@link NONE} until something belongs in them. */
export type DraftDecision = Changeable<Decision> & {
  cleared: string[]
  tags: string[]
  reshapedBy: string[]
  scoreReasons: string[]
  demands: Demand[]
  shadow: ShadowHit[]
  reasons: Reason[]
}

/** The empty list of every decision, frozen, so that a call that meets nothing allocates no lists. */
export const NONE: never[] = []
Object.freeze(NONE)

/** A decision about which nothing is known yet but its policy and tier: allow. */
export const draftDecision = (revision: string, tier: string, factor: number): DraftDecision => ({
  revision,
  verdict: 'allow',
  rule: undefined,
  why: undefined,
  retryAfterS: undefined,
  challenge: undefined,
  cleared: NONE,
  tags: NONE,
  reshape: undefined,
  reshapedBy: NONE,
  score: 0,
  scoreReasons: NONE,
  tier,
  factor,
  demands: NONE,
  shadow: NONE,
  reasons: NONE,
})

/** The list with one more entry; the same list unless it was {@link NONE}. */
export const added = <T>(list: T[], entry: T): T[] => {
  if (list === NONE) return [entry]
  list.push(entry)
  return list
}

/** The reason an expression had no value, for the record. `where` names the entry of the policy. */
export const reasonOf = (where: string, broken: Broken, sheet: Sheet): Reason => {
  if (broken.kind === 'error') return { kind: 'error', in: where, text: broken.text }
  const value = sheet[broken.slot]
  return value instanceof Unknown
    ? { kind: 'unknown', in: where, fact: broken.fact, why: value.why }
    : { kind: 'error', in: where, text: describeMissing(broken.fact, value) }
}
