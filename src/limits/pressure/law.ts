import { createOutcomeWindow, type Outcome } from './window.ts'

/** One tick of the law. */
const TICK_MS = 1_000
/** What the share grows by in a second without congestion. */
export const INCREASE_PER_S = 0.05
/** The share never falls below this, so that some call always finds out whether things are better. */
export const FLOOR = 0.02

const DECREASE = 0.7
/**
 * Slowness alone is weaker evidence: it may be longer prompts. It never takes more than three quarters, and
 * counts where it lasts for two ticks: for one it may be the machine of the guard that held its breath.
 */
const SLOW_FLOOR = 0.25
/** How long the share stands still after a decrease when no call let in since has come back well. */
const LONGEST_HOLD_TICKS = 10
/** A clock set back by more than this starts the law's time anew. */
const MAX_BACK_TICKS = 5
/** Decay of the count of calls per tick: a memory of about ten seconds. */
const RATE_DECAY = 0.9

/** The share of its calls that one upstream may be given. */
export type ShareLaw = {
  /** Takes what a call that has ended told. */
  readonly record: (outcome: Outcome, nowMs: number) => void
  /** From {@link FLOOR} to 1. */
  readonly share: (nowMs: number) => number
  /** Calls a second that ended lately. */
  readonly callsPerS: (nowMs: number) => number
}

/**
 * Additive increase, multiplicative decrease: while calls come back well, the share grows by 0.05 a
 * second; where they come back refused or slow it is multiplied by 0.7. Of the linear laws it is the one
 * that settles at a fair use of an unknown capacity whatever it starts from (Chiu and Jain, "Analysis of
 * the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989), and the one
 * TCP lives by (RFC 5681).
 *
 * As TCP reduces once a round trip, only calls let in after a decrease can cause the next one: those
 * before it tell of a load that is no longer sent. Until one of them has come back well, the share
 * stands still, for ten seconds at most. Time moves when it is asked or told something; there is no timer.
 *
 * Known limit: a call tells when it has ended, so a stream tells of its first byte only at its end.
 */
export const createShareLaw = (): ShareLaw => {
  const window = createOutcomeWindow()
  let share = 1
  let tick: number | undefined
  let sinceMs = Number.NEGATIVE_INFINITY
  let holdTicks = 0
  let rate = 0
  let slow = false

  const grow = (ticks: number): void => {
    const held = Math.min(holdTicks, ticks)
    holdTicks -= held
    share = Math.min(1, share + ((ticks - held) * INCREASE_PER_S * TICK_MS) / 1_000)
  }

  const endTick = (nowMs: number): void => {
    const finding = window.finding()
    const slowBefore = slow
    slow = finding === 'slow'
    if (finding === 'well') return grow(1)
    if (slow && !slowBefore) return
    const floor = finding === 'slow' ? Math.min(share, SLOW_FLOOR) : FLOOR
    share = Math.max(floor, share * DECREASE)
    sinceMs = nowMs
    holdTicks = LONGEST_HOLD_TICKS
    slow = false
    window.clear()
  }

  const advance = (nowMs: number): void => {
    const current = Math.floor(nowMs / TICK_MS)
    if (tick === undefined || current < tick - MAX_BACK_TICKS) {
      tick = current
      sinceMs = Number.NEGATIVE_INFINITY
      slow = false
      window.clear()
      return
    }
    const passed = current - tick
    if (passed <= 0) return
    tick = current
    endTick(nowMs)
    if (passed > 1) grow(passed - 1)
    rate *= RATE_DECAY ** passed
    window.turn(passed)
  }

  return {
    record: (outcome, nowMs) => {
      advance(nowMs)
      rate += 1 - RATE_DECAY
      if (outcome.letInMs < sinceMs) return
      if (!outcome.refused && outcome.slow !== true) holdTicks = 0
      window.add(outcome)
    },
    share: (nowMs) => {
      advance(nowMs)
      return share
    },
    callsPerS: (nowMs) => {
      advance(nowMs)
      return rate
    },
  }
}
