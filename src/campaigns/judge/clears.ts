import type { Axis, AxisEvidence } from '../../core/campaign.ts'
import type { LevelState } from './levels.ts'

const HOW: { readonly [A in Axis]: (row: AxisEvidence) => string } = {
  uniformity: ({ threshold }) =>
    `its members call as differently from each other and from day to day as others do (spread above ${threshold.toFixed(2)})`,
  routing: ({ threshold }) =>
    `fewer than ${(threshold * 100).toFixed(0)} % of its members call through changing networks or countries`,
  client: ({ threshold }) =>
    `fewer than ${(threshold * 100).toFixed(0)} % of its members tell different systems or machines under one client`,
  value: () =>
    'its conversations ask for training material (reasoning, grading, data) no more often than those of others with the same instructions',
  handover: () =>
    'no conversation goes on under another member, and nobody takes the place of those shut out',
  pivot: () => 'its move to a new model is more than 14 days ago',
  supply: () =>
    'members that share cards, funding or a form of address no longer make up a third of it',
}

/** What each step down takes, which depends on how high it stands. */
const fallsOf = ({ level, floor }: LevelState): readonly string[] => {
  if (level <= floor) return []
  const two =
    'levels 1 and 2 hold while two axes count with a score of 8 or more together; seven days without, it falls by one step'
  const steps =
    level >= 3
      ? `Level ${level} holds while three axes count, or members take the place of those shut out; seven days without, it falls by one step. Below, ${two}.`
      : `${two.replace('levels', 'Levels')}.`
  return [
    steps,
    `Too few proven accounts to judge by, or a lower campaigns.ceiling, take it to ${floor > 0 ? `level ${floor}` : 'what they allow'} at once.`,
  ]
}

/** Sentences that tell what would end a campaign: for people, in the order of its axes. */
export const clearsOf = (state: LevelState, judged: readonly AxisEvidence[]): readonly string[] => {
  if (state.operator === 'dismissed') return ['It is dismissed and does nothing.']
  const held = judged.filter(({ axis }) => state.axes.includes(axis))
  const ways = held.map((row) => `Axis ${row.axis} no longer counts once ${HOW[row.axis](row)}.`)
  const operator =
    state.floor > 0
      ? `An operator holds it at level ${state.floor} or more until it is released or dismissed.`
      : 'An operator releases or dismisses it, or releases one member.'
  if (state.level === 0) return [...ways, operator]
  const fades = 'What was seen while it acted fades by half in 14 days.'
  return [...ways, ...fallsOf(state), fades, operator]
}
