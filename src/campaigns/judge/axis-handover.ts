import { evidence, membersOf, type Group, type JudgeAxis } from './group.ts'
import { binomialLogRatio, binomialUpper, poissonLlr } from './statistics.ts'

const P_BELOW = 1e-6
const HAND_OVERS_FROM = 4
/** Hand-overs for each member, so that a few friends in a large group do not speak for it. */
const HAND_OVERS_PER_MEMBER = 1 / 50
const JOINED_FROM = 5
const JOINED_LIFT = 4

/** Whether members came in place of those that were shut out. */
export const isRegrowth = ({ regrowth }: Group): boolean =>
  regrowth !== undefined &&
  regrowth.joined >= Math.max(JOINED_FROM, JOINED_LIFT * regrowth.expected) &&
  poissonLlr(regrowth.joined, Math.max(0.1, regrowth.expected)) >= -Math.log(P_BELOW)

/** Calls of all members, those outside the sample taken to call as much. */
const callsOf = (group: Group): number => {
  const { conduct } = group
  const calls = conduct.reduce((sum, { dayCalls, weekCalls }) => {
    const days = dayCalls.reduce<number>((total, of) => total + (of ?? 0), 0)
    return sum + Math.max(days, weekCalls)
  }, 0)
  return Math.round((calls * membersOf(group)) / Math.max(1, conduct.length))
}

/**
 * Handover: the pool behind the accounts. Conversations that go on under another account when the first is
 * limited or shut out, and accounts that take the place of those shut out. Every call is counted as a chance
 * to hand over, which is more than there are and so errs to the group's side. Where strong edges alone linked
 * the group, hand-overs count only if repeated tasks would have linked it too.
 */
export const judgeHandover: JudgeAxis = (group, reference) => {
  const { edges, linkedBy, regrowth } = group
  const members = membersOf(group)
  if (regrowth !== undefined && isRegrowth(group)) {
    return evidence('handover', {
      positive: true,
      measured: `${regrowth.joined} members joined within 24 h after others were shut out`,
      value: regrowth.joined,
      threshold: Math.max(JOINED_FROM, JOINED_LIFT * regrowth.expected),
      reference: regrowth.expected,
      logRatio: poissonLlr(regrowth.joined, Math.max(0.1, regrowth.expected)),
    })
  }
  const threshold = Math.max(HAND_OVERS_FROM, members * HAND_OVERS_PER_MEMBER)
  const onlyEdges = linkedBy.size === 1 && linkedBy.has('edges')
  const isNews = !onlyEdges || edges.distinctTasks >= Math.max(8, members / 5)
  const calls = Math.max(callsOf(group), edges.handedOver)
  return evidence('handover', {
    positive:
      isNews &&
      edges.handedOver >= threshold &&
      binomialUpper(edges.handedOver, calls, reference.handOver) < P_BELOW,
    measured: `${edges.handedOver} conversations in ${calls} calls went on under another member`,
    value: edges.handedOver,
    threshold,
    reference: reference.handOver * calls,
    logRatio: binomialLogRatio(edges.handedOver, calls, reference.handOver),
  })
}
