import { BINDINGS, CHALLENGE_KINDS, type Binding, type ChallengeKind } from './challenge.ts'

/** A clearance that is in force for a call, as far as rules look at it. */
export type HeldClearance = {
  readonly kind: ChallengeKind
  /** Seconds since the challenge was passed. */
  readonly ageS: number
  readonly bound: readonly Binding[]
}

/**
 * An entry of the fact `clearance.held`: kind, whole seconds, what it is bound to, such as
 * `proof_of_work 120 network`. Rounded up, so that it never looks younger than it is.
 */
export const heldText = ({ kind, ageS, bound }: HeldClearance): string =>
  [kind, Math.ceil(ageS), ...bound].join(' ')

/** What {@link heldText} wrote; `undefined` for anything else. */
export const readHeld = (text: string): HeldClearance | undefined => {
  const [first, age = '', ...words] = text.split(' ')
  const kind = CHALLENGE_KINDS.find((known) => known === first)
  const bound = BINDINGS.filter((known) => words.includes(known))
  if (kind === undefined || !/^-?\d{1,12}$/.test(age) || bound.length !== words.length) {
    return undefined
  }
  return { kind, ageS: Number(age), bound }
}
