import { asksForTraining, rateOf, rootsOf, tally, trainingShare } from './axis-marks.ts'
import type { Conduct } from './conduct.ts'
import { evidence, membersOf, percent, type Group, type JudgeAxis } from './group.ts'
import type { Mix, Reference } from './reference.ts'
import { binomialLogRatio, binomialUpper, poissonLlr } from './statistics.ts'

const MEMBERS_FROM = 10
const P_BELOW = 1e-6
/** Against users of the same template: what the prompt is for is then no explanation. */
const SAME_TEMPLATE = { share: 0.3, lift: 2 }
/** Against everybody: a new product has a mix of its own, so only a mix nobody else has counts. */
const EVERYBODY = { share: 0.5, lift: 4 }
const TASKS_FROM = 8
const TASKS_PER_MEMBER = 1 / 5
/**
 * Of the conversations that they begin: a pool that keeps the best of eight answers begins eight for each
 * task. A class that works on a few exercises begins hundreds, whose wordings differ a little.
 */
const TASKS_PER_ROOT = 0.04
/** Tasks that two of a group of honest callers ask both, beyond what is public. */
const TASKS_EXPECTED = 0.5

/** The template of most members, where most have the same. */
const mainTemplate = (conduct: readonly Conduct[]): number | undefined => {
  for (const [template, users] of Map.groupBy(conduct, (of) => of.template)) {
    if (template !== undefined && users.length > conduct.length / 2) return template
  }
  return undefined
}

const judgeMix = (conduct: readonly Conduct[], mix: Mix, from: { share: number; lift: number }) => {
  const shares = conduct.map(trainingShare).filter((share) => share !== undefined)
  const share = shares.reduce((sum, of) => sum + of, 0) / Math.max(1, shares.length)
  const counted = tally(conduct, asksForTraining)
  const rate = rateOf(mix.training)
  const threshold = Math.max(from.share, Math.min(0.9, from.lift * mix.share))
  const positive =
    shares.length >= MEMBERS_FROM &&
    shares.length >= 0.3 * conduct.length &&
    share >= threshold &&
    share > mix.share &&
    binomialUpper(counted.yes, counted.of, rate) < P_BELOW
  return { positive, share, threshold, logRatio: binomialLogRatio(counted.yes, counted.of, rate) }
}

/** Tasks repeated over members, unless they are all that linked the group. */
const judgeTasks = (group: Group) => {
  const { edges, linkedBy, conduct } = group
  const members = membersOf(group)
  const roots = conduct.reduce((sum, one) => sum + rootsOf(one), 0)
  const threshold = Math.max(
    TASKS_FROM,
    members * TASKS_PER_MEMBER,
    (roots / Math.max(1, conduct.length)) * members * TASKS_PER_ROOT,
  )
  const isNews = !(linkedBy.size === 1 && linkedBy.has('edges'))
  return { positive: isNews && edges.distinctTasks >= threshold, threshold }
}

const referenceMix = (
  conduct: readonly Conduct[],
  reference: Reference,
): { readonly mix: Mix; readonly from: typeof EVERYBODY } => {
  const template = mainTemplate(conduct)
  const same = template === undefined ? undefined : reference.mixByTemplate.get(template)
  return same === undefined
    ? { mix: reference.mix, from: EVERYBODY }
    : { mix: same, from: SAME_TEMPLATE }
}

/**
 * Value: what is worth copying. A group that asks mostly for reasoning, grading and data where others with
 * the same instructions do not; or one that puts the same long tasks to several accounts, to keep the best
 * of several answers.
 */
export const judgeValue: JudgeAxis = (group, reference) => {
  const { conduct, edges } = group
  const tasks = judgeTasks(group)
  if (tasks.positive) {
    return evidence('value', {
      positive: true,
      measured: `${edges.distinctTasks} long tasks were put to several members`,
      value: edges.distinctTasks,
      threshold: tasks.threshold,
      logRatio: poissonLlr(edges.distinctTasks, TASKS_EXPECTED),
    })
  }
  const { mix, from } = referenceMix(conduct, reference)
  const judged = judgeMix(conduct, mix, from)
  return evidence('value', {
    positive: judged.positive,
    measured: `${percent(judged.share)} of their conversations ask for reasoning, grading or data`,
    value: judged.share,
    threshold: judged.threshold,
    reference: mix.share,
    logRatio: judged.logRatio,
  })
}
