/** How much was offered by callers of one standing, and by those better proven. */
export type Standing = {
  /** Calls of this standing, decayed. */
  readonly own: number
  /** Calls of every better one. */
  readonly above: number
  readonly total: number
}

/** The recent calls of one upstream. */
export type Standings = {
  /** Counts a call of a caller with this trust factor and says where it stands. */
  readonly offer: (factor: number, nowMs: number) => Standing
  /** Takes a call off again that would not have reached the upstream anyway. */
  readonly takeBack: (factor: number) => void
}

/** Calls of one trust factor. */
type Class = { readonly factor: number; offered: number }

const MAX_CLASSES = 16
const TICK_MS = 1_000
/** A memory of about ten seconds. */
const DECAY = 0.9
/** What is left of a class that nobody belongs to any more. */
const NOTHING = 0.001

/**
 * The recent calls of one upstream by the trust factor of their callers, as decayed counts. A policy has
 * a handful of tiers; where a stranger one has more than sixteen factors, the rest count with the nearest.
 */
export const createStandings = (): Standings => {
  let classes: Class[] = []
  let tick = Number.NEGATIVE_INFINITY

  const advance = (nowMs: number): void => {
    const current = Math.floor(nowMs / TICK_MS)
    if (current === tick) return
    // A clock set back takes nothing away; the count goes on from there.
    const decay = DECAY ** Math.max(0, current - tick)
    tick = current
    for (const one of classes) one.offered *= decay
    if (classes.some(({ offered }) => offered < NOTHING)) {
      classes = classes.filter(({ offered }) => offered >= NOTHING)
    }
  }

  const classOf = (factor: number): Class => {
    let nearest: Class | undefined
    for (const one of classes) {
      if (one.factor === factor) return one
      if (
        nearest === undefined ||
        Math.abs(one.factor - factor) < Math.abs(nearest.factor - factor)
      ) {
        nearest = one
      }
    }
    if (nearest !== undefined && classes.length >= MAX_CLASSES) return nearest
    const made = { factor, offered: 0 }
    classes.push(made)
    return made
  }

  return {
    offer: (factor, nowMs) => {
      advance(nowMs)
      const own = classOf(factor)
      own.offered++
      let above = 0
      let total = 0
      for (const one of classes) {
        total += one.offered
        if (one.factor > own.factor) above += one.offered
      }
      return { own: own.offered, above, total }
    },
    takeBack: (factor) => {
      const own = classes.find((one) => one.factor === factor)
      if (own !== undefined) own.offered = Math.max(0, own.offered - 1)
    },
  }
}

/**
 * The part of the calls of a standing that is let through while the upstream may be given `share` of all:
 * the better proven are served first, and what is left of the share is theirs. Never more than the part
 * of a better standing. 0 to 1.
 */
export const partLetThrough = ({ own, above, total }: Standing, share: number): number =>
  own > 0 ? Math.min(1, Math.max(0, (share * total - above) / own)) : 1

/** The share from which on all calls of a standing are let through. */
export const shareForAll = ({ own, above, total }: Standing): number =>
  total > 0 ? Math.min(1, (above + own) / total) : 0
