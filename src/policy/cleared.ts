import { BINDINGS, CHALLENGE_KINDS, type Binding, type ChallengeTerms } from '../core/challenge.ts'
import { FACT_SLOT } from '../core/facts.ts'
import { heldText, readHeld, type HeldClearance } from '../core/held-clearance.ts'
import type { Sheet } from './sheet.ts'

const KIND = FACT_SLOT['clearance.kind']
const AGE = FACT_SLOT['clearance.age_s']
const BOUND = FACT_SLOT['clearance.bound']
const HELD = FACT_SLOT['clearance.held']

/** What decides whether a clearance is good enough. */
type Wanted = Pick<ChallengeTerms, 'kind' | 'bind' | 'validMs' | 'lifetimeMs'>

const strongestOf = (sheet: Sheet): HeldClearance | undefined => {
  const kind = CHALLENGE_KINDS.find((known) => known === sheet[KIND])
  const ageS = sheet[AGE]
  const bound = sheet[BOUND]
  if (kind === undefined || typeof ageS !== 'number' || !Number.isFinite(ageS)) return undefined
  const bindings = Array.isArray(bound) ? BINDINGS.filter((one) => bound.includes(one)) : []
  return { kind, ageS, bound: bindings }
}

const heldOf = (sheet: Sheet): readonly HeldClearance[] => {
  const texts = sheet[HELD]
  return Array.isArray(texts) ? texts.flatMap((text) => readHeld(String(text)) ?? []) : []
}

/** What keeps a clearance from being good enough. */
export type Shortcoming = {
  readonly weaker: boolean
  readonly tooOld: boolean
  /** Bindings of the rule that it does not have. */
  readonly notBoundTo: readonly Binding[]
}

const shortcomingOf = (held: HeldClearance, wanted: Wanted): Shortcoming => ({
  weaker: CHALLENGE_KINDS.indexOf(held.kind) < CHALLENGE_KINDS.indexOf(wanted.kind),
  // What is no number is no age.
  tooOld: !(held.ageS * 1000 <= wanted.validMs + wanted.lifetimeMs),
  notBoundTo: wanted.bind.filter((binding) => !held.bound.includes(binding)),
})

const suffices = (held: HeldClearance, wanted: Wanted): boolean => {
  const { weaker, tooOld, notBoundTo } = shortcomingOf(held, wanted)
  return !weaker && !tooOld && notBoundTo.length === 0
}

/**
 * The clearance by which a caller has already passed what a challenge rule asks for; `undefined` where it
 * holds none of that kind or a stronger one that is young enough and bound to all that the rule names.
 * Looks at the strongest one (`clearance.kind`, `.age_s`, `.bound`) and at every one that the caller holds
 * (`clearance.held`): a strong one that is too old, or bound to too little, must not hide the one that was
 * passed for this very rule. What is unknown is not held.
 */
export const passedBy = (wanted: Wanted, sheet: Sheet): HeldClearance | undefined => {
  const strongest = strongestOf(sheet)
  if (strongest !== undefined && suffices(strongest, wanted)) return strongest
  return heldOf(sheet).find((held) => suffices(held, wanted))
}

/** A clearance that a caller holds in vain, and why. */
export type HeldInVain = { readonly held: HeldClearance; readonly short: Shortcoming }

/**
 * What a caller holds where it has not passed what a challenge rule asks for: each with what it lacks;
 * empty where it holds nothing, or has passed.
 */
export const heldInVain = (wanted: Wanted, sheet: Sheet): readonly HeldInVain[] => {
  if (passedBy(wanted, sheet) !== undefined) return []
  const strongest = strongestOf(sheet)
  const all = heldOf(sheet)
  // The strongest stands in the list too, its age rounded.
  const isListed =
    strongest !== undefined && all.some((one) => heldText(one) === heldText(strongest))
  return [...(strongest === undefined || isListed ? [] : [strongest]), ...all].map((held) => ({
    held,
    short: shortcomingOf(held, wanted),
  }))
}
