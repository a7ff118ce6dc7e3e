import type { Mark, Marks } from '../../core/campaign.ts'

/** Marks of a process by entity, in memory. */
export interface MarksTable extends Marks {
  /** Takes a mark unless a later one of its entity, or just this one, is known; whether it did. */
  take(mark: Mark): boolean
  /** All that hold at a moment, in no order. */
  inForce(nowMs: number): Mark[]
  /** How many hold at a moment; drops what has run out. */
  size(nowMs: number): number
}

/** Far above what campaigns come to: half a million entities are some 150 MB. */
const MAX_MARKS = 500_000

const isSame = (one: Mark, other: Mark): boolean =>
  one.atMs === other.atMs &&
  one.untilMs === other.untilMs &&
  one.level === other.level &&
  one.campaign === other.campaign

/**
 * The latest word about an entity, wherever words come from and in whichever order: one that was lifted is
 * remembered as lifted until it would have run out, so that an older word cannot bring it back. Beyond
 * `maxMarks` the longest known give way.
 */
export const createMarksTable = (maxMarks: number = MAX_MARKS): MarksTable => {
  const marks = new Map<string, Mark>()

  const holds = (mark: Mark, nowMs: number): boolean => mark.level > 0 && mark.untilMs > nowMs
  const makeRoom = (): void => {
    for (const eldest of marks.keys()) {
      if (marks.size <= maxMarks) return
      marks.delete(eldest)
    }
  }

  return {
    of: (entity, nowMs) => {
      const mark = marks.get(entity)
      return mark !== undefined && holds(mark, nowMs) ? mark : undefined
    },
    take: (mark) => {
      const known = marks.get(mark.entity)
      if (known !== undefined && (known.atMs > mark.atMs || isSame(known, mark))) return false
      marks.delete(mark.entity)
      marks.set(mark.entity, mark)
      makeRoom()
      return true
    },
    inForce: (nowMs) => [...marks.values()].filter((mark) => holds(mark, nowMs)),
    size: (nowMs) => {
      let held = 0
      for (const [entity, mark] of marks) {
        if (mark.untilMs <= nowMs) marks.delete(entity)
        else if (mark.level > 0) held++
      }
      return held
    },
  }
}
