import type { Decision } from '../core/decision.ts'
import type { RuleChange } from './backtest-report.ts'

type Tally = { -readonly [K in Exclude<keyof RuleChange, 'rule'>]: number }

/** Rules that acted in a decision: the one that decided, tags and reshapes. */
const actedIn = (decision: Decision): readonly string[] => [
  ...(decision.rule === undefined ? [] : [decision.rule]),
  ...decision.tags,
  ...decision.reshapedBy,
]

/** Counts what each rule does under two policies. */
export const createRuleTallies = (): {
  add(was: Decision, would: Decision): void
  /** Rules for which a count differs, those with the largest difference first. */
  changed(): readonly RuleChange[]
} => {
  const tallies = new Map<string, Tally>()
  const count = (rules: readonly string[], what: keyof Tally): void => {
    for (const rule of rules) {
      const tally = tallies.get(rule) ?? {
        decidedBefore: 0,
        decidedAfter: 0,
        shadowBefore: 0,
        shadowAfter: 0,
      }
      tallies.set(rule, tally)
      tally[what]++
    }
  }
  const difference = (rule: RuleChange): number =>
    Math.abs(rule.decidedAfter - rule.decidedBefore) +
    Math.abs(rule.shadowAfter - rule.shadowBefore)
  return {
    add(was, would) {
      count(actedIn(was), 'decidedBefore')
      count(actedIn(would), 'decidedAfter')
      count(
        was.shadow.map(({ rule }) => rule),
        'shadowBefore',
      )
      count(
        would.shadow.map(({ rule }) => rule),
        'shadowAfter',
      )
    },
    changed: () =>
      [...tallies]
        .map(([rule, tally]) => ({ rule, ...tally }))
        .filter((rule) => difference(rule) > 0)
        .toSorted((a, b) => difference(b) - difference(a)),
  }
}
