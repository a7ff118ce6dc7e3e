import { evidence, percent, unknown, type JudgeAxis } from './group.ts'
import { binomialLogRatio } from './statistics.ts'

const MEMBERS_FROM = 10
const MOVED_FROM = 0.4
const SIGMAS_FROM = 6

/**
 * Pivot: the operator's switch. Within a day of a release a campaign points most of its accounts at the new
 * model, while everybody else tries it by and by. Each entity counts once, so the deviation is that of as
 * many independent deciders, however much they call.
 */
export const judgePivot: JudgeAxis = ({ pivot }) => {
  if (pivot === undefined)
    return unknown('pivot', 'no release of a model while it was watched', MOVED_FROM)
  const { entities, moved, othersEntities, othersMoved } = pivot
  const rate = (othersMoved * othersEntities + 0.5) / (othersEntities + 1)
  const sigma = Math.sqrt((rate * (1 - rate)) / Math.max(1, entities))
  return evidence('pivot', {
    positive:
      entities >= MEMBERS_FROM && moved >= MOVED_FROM && (moved - rate) / sigma > SIGMAS_FROM,
    measured: `${percent(moved)} of the calls of ${entities} members went to ${pivot.model} within 24 h of its release`,
    value: moved,
    threshold: MOVED_FROM,
    reference: othersMoved,
    logRatio: binomialLogRatio(moved * entities, entities, rate),
  })
}
