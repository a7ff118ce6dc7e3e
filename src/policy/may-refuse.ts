import { isHarsher } from './backtest-transitions.ts'
import { withSwitches, type Switches } from './switches.ts'
import type { Action, Policy, Rule } from './policy.ts'

/** Whether one action is worse for a caller than another; a tag or a reshape decides nothing. */
const isWorse = (from: Action, to: Action): boolean =>
  from !== 'tag' && from !== 'reshape' && to !== 'tag' && to !== 'reshape' && isHarsher(from, to)

/** Per cent of entities for whom it acts. */
const share = ({ mode, rollout }: Pick<Rule, 'mode' | 'rollout'>): number =>
  mode === 'enforce' ? rollout : 0

/** Whether callers a rule decides for no longer may meet a harder one behind it. */
const exposes = (rule: Rule, at: number, rules: readonly Rule[]): boolean =>
  rules.slice(at + 1).some((later) => share(later) > 0 && isWorse(rule.action, later.action))

/**
 * Ids of rules and limits for which other switches may refuse callers that are not refused now: one that
 * refuses acts on more of them, or one that stands before a harder rule acts on fewer. Nothing that is
 * only looser is among them. Switches of ids the policy does not have count for nothing.
 */
export const mayRefuse = (policy: Policy, from: Switches, to: Switches): readonly string[] => {
  const before = withSwitches(policy, from)
  const after = withSwitches(policy, to)
  const rules = after.rules.filter((rule, at) => {
    const was = before.rules[at]
    if (was === undefined || share(rule) === share(was)) return false
    return share(rule) > share(was) ? isWorse('allow', rule.action) : exposes(rule, at, after.rules)
  })
  const limits = after.limits.filter((limit, at) => {
    const was = before.limits[at]
    return was !== undefined && share(limit) > share(was)
  })
  return [...rules, ...limits].map(({ id }) => id)
}
