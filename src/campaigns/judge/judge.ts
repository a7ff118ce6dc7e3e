import { AXES, type Axis, type AxisEvidence } from '../../core/campaign.ts'
import { judgeClient } from './axis-client.ts'
import { judgeHandover } from './axis-handover.ts'
import { judgePivot } from './axis-pivot.ts'
import { judgeRouting } from './axis-routing.ts'
import { judgeSupply } from './axis-supply.ts'
import { judgeUniformity } from './axis-uniformity.ts'
import { judgeValue } from './axis-value.ts'
import type { Group, JudgeAxis } from './group.ts'
import type { Reference } from './reference.ts'

const JUDGES: { readonly [A in Axis]: JudgeAxis } = {
  uniformity: judgeUniformity,
  routing: judgeRouting,
  client: judgeClient,
  value: judgeValue,
  handover: judgeHandover,
  pivot: judgePivot,
  supply: judgeSupply,
}

/**
 * Judges a group on seven axes, always all seven and in their order. Linking says that entities belong
 * together, which the users of one product do as well; only this says whether they behave like a campaign.
 * What linked the group never counts again.
 */
export const judge = (group: Group, reference: Reference): readonly AxisEvidence[] =>
  AXES.map((axis) => JUDGES[axis](group, reference))

/** Sum of what the positive axes add. */
export const scoreOf = (judged: readonly AxisEvidence[]): number =>
  judged.reduce((sum, { adds }) => sum + adds, 0)
