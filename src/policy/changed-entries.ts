import type { Limit, Policy, Rule } from './policy.ts'

const sameSwitch = (one: Rule | Limit, other: Rule | Limit): boolean =>
  one.mode === other.mode &&
  one.rollout === other.rollout &&
  one.unknownMatches === other.unknownMatches &&
  one.condition.text === other.condition.text

const sameRule = (one: Rule, other: Rule): boolean =>
  sameSwitch(one, other) && one.action === other.action

const sameLimit = (one: Limit, other: Limit): boolean =>
  sameSwitch(one, other) && one.quota === other.quota && one.scale?.text === other.scale?.text

const changedIn = <T extends { readonly id: string }>(
  before: readonly T[],
  after: readonly T[],
  same: (one: T, other: T) => boolean,
): readonly string[] => {
  const earlier = new Map(before.map((entry) => [entry.id, entry]))
  return after
    .filter((entry) => {
      const was = earlier.get(entry.id)
      return was !== undefined && !same(was, entry)
    })
    .map(({ id }) => id)
}

/** Rules and limits that stand in both policies and act differently, in the order of the changed one. */
export const changedEntries = (before: Policy, after: Policy): readonly string[] => [
  ...changedIn(before.rules, after.rules, sameRule),
  ...changedIn(before.limits, after.limits, sameLimit),
]
