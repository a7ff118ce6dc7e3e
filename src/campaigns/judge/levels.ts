import type {
  Axis,
  AxisEvidence,
  CampaignLabel,
  CampaignMoment,
  CampaignSummary,
  Level,
} from '../../core/campaign.ts'
import { heldAxes, stand, type AxisRun } from './standing-axes.ts'

/** Where one campaign stands. Plain data: it can be kept as JSON. */
export type LevelState = {
  readonly level: Level
  readonly highestLevel: Level
  /** Sum of the axes that hold, positive now or seen while acting. */
  readonly score: number
  readonly axes: readonly Axis[]
  readonly runs: readonly AxisRun[]
  /** Since when two axes and the score hold; `undefined` while they do not. */
  readonly twoSinceMs: number | undefined
  /** Since when three axes and the score for level 4 hold. */
  readonly fourSinceMs: number | undefined
  /** Last time the evidence was enough for the present level. */
  readonly heldAtMs: number
  readonly firstActionAtMs: number | undefined
  /** What an operator said last. */
  readonly operator: 'confirmed' | 'dismissed' | undefined
  /** Level an operator wants at least. */
  readonly floor: Level
  readonly history: readonly CampaignMoment[]
}

/** What levels depend on besides the evidence. */
export type LevelOptions = {
  /** Highest level given without an operator. */
  readonly ceiling: Level
  readonly level4Score?: number | undefined
  /** Whether there are enough proven entities to judge anybody. */
  readonly acting: boolean
}

/** What one pass found. */
export type Judged = {
  readonly axes: readonly AxisEvidence[]
  /** Whether members took the place of others that were shut out. */
  readonly regrowth: boolean
}

const SCORE_FROM = 8
const DAY_MS = 86_400_000
const LOWERED_AFTER_MS = 7 * DAY_MS
/** Moments that are remembered, the first and the latest. */
const HISTORY_MOST = 200
const CONFIRMED_FLOOR: Level = 2

const remember = (history: readonly CampaignMoment[], moment: CampaignMoment) =>
  history.length < HISTORY_MOST
    ? [...history, moment]
    : [...history.slice(0, 1), ...history.slice(2 - HISTORY_MOST), moment]

/** A campaign on the day it is linked. */
export const linkedLevel = (nowMs: number): LevelState => ({
  level: 0,
  highestLevel: 0,
  score: 0,
  axes: [],
  runs: [],
  twoSinceMs: undefined,
  fourSinceMs: undefined,
  heldAtMs: nowMs,
  firstActionAtMs: undefined,
  operator: undefined,
  floor: 0,
  history: [{ atMs: nowMs, what: 'linked', level: 0, by: undefined, note: undefined }],
})

const asLevel = (level: number): Level => {
  // The five levels are the whole numbers from 0 to 4.
  if (level <= 0) return 0
  if (level >= 4) return 4
  return level < 2 ? 1 : level < 3 ? 2 : 3
}

/** What raised it, for the history. */
const reasonFor = ({ level, axes, score }: LevelState, to: Level): string | undefined =>
  to > level && axes.length > 0 ? `${axes.join(', ')}; score ${score.toFixed(1)}` : undefined

const moveTo = (
  state: LevelState,
  level: Level,
  atMs: number,
  by?: { readonly by: string; readonly note: string },
): LevelState => {
  if (level === state.level) return state
  const what = level > state.level ? 'raised' : 'lowered'
  const highestLevel = asLevel(Math.max(level, state.highestLevel))
  return {
    ...state,
    level,
    highestLevel,
    heldAtMs: atMs,
    firstActionAtMs: state.firstActionAtMs ?? (level >= 2 ? atMs : undefined),
    history: remember(state.history, {
      atMs,
      what,
      level,
      by: by?.by,
      note: by === undefined ? reasonFor(state, level) : by.note,
    }),
  }
}

type HeldAxes = ReturnType<typeof heldAxes>
const scoreOfHeld = (held: HeldAxes): number => held.reduce((sum, { adds }) => sum + adds, 0)
const isTwoAxes = (held: HeldAxes): boolean => held.length >= 2 && scoreOfHeld(held) >= SCORE_FROM

/** The level that the evidence asks for by itself. */
const asked = (state: LevelState, judged: Judged, options: LevelOptions, nowMs: number): Level => {
  const { twoSinceMs, fourSinceMs } = state
  // A day is passed by what is seen now, not by what is remembered of the first hour.
  const isTwoNow = isTwoAxes(heldAxes(state.runs, { acting: false, nowMs }))
  const isRegrowth = judged.regrowth && state.axes.includes('handover')
  const forDay = (sinceMs: number | undefined): boolean =>
    sinceMs !== undefined && nowMs - sinceMs >= DAY_MS
  if (twoSinceMs === undefined && !isRegrowth) return 0
  const byEvidence = forDay(fourSinceMs)
    ? 4
    : state.axes.length >= 3 || isRegrowth
      ? 3
      : forDay(twoSinceMs) && isTwoNow
        ? 2
        : 1
  return asLevel(Math.min(byEvidence, options.ceiling))
}

/** Whether the evidence is still enough for a level that was given; time does not count here. */
const holds = (state: LevelState, judged: Judged): boolean => {
  if (state.level <= 2) return state.twoSinceMs !== undefined || state.level === 0
  return state.axes.length >= 3 || (judged.regrowth && state.axes.includes('handover'))
}

/**
 * One pass. Two axes that stand and a score of 8 give level 1; still so after a day, 2; three axes, or
 * regrowth, 3; for a day with the set score, 4; never above the ceiling. While it acts, the best evidence is
 * kept, since acting changes what is seen, and fades with a half-life of 14 days. A level is lost one step
 * at a time, after seven days without what it needs; at once where too few are proven to judge by, or where
 * the ceiling has been lowered. Pure.
 */
export const nextLevel = (
  before: LevelState,
  judged: Judged,
  options: LevelOptions,
  nowMs: number,
): LevelState => {
  const runs = stand(before.runs, judged.axes, nowMs)
  const held = heldAxes(runs, { acting: before.level > 0, nowMs })
  const score = scoreOfHeld(held)
  const axes = held.map(({ axis }) => axis)
  const { level4Score } = options
  const isFour = axes.length >= 3 && level4Score !== undefined && score >= level4Score
  const state: LevelState = {
    ...before,
    runs,
    axes,
    score,
    twoSinceMs: isTwoAxes(held) ? (before.twoSinceMs ?? nowMs) : undefined,
    fourSinceMs: isFour ? (before.fourSinceMs ?? nowMs) : undefined,
  }
  if (state.operator === 'dismissed') return moveTo(state, 0, nowMs)
  if (!options.acting) return moveTo(state, state.floor, nowMs)
  const most = asLevel(Math.max(state.floor, options.ceiling))
  if (state.level > most) return moveTo(state, most, nowMs)
  const wanted = asLevel(Math.max(state.floor, asked(state, judged, options, nowMs)))
  if (wanted > state.level) return moveTo(state, wanted, nowMs)
  if (wanted === state.level || holds(state, judged)) return { ...state, heldAtMs: nowMs }
  if (nowMs - state.heldAtMs < LOWERED_AFTER_MS) return state
  return moveTo(state, asLevel(Math.max(wanted, state.level - 1)), nowMs)
}

/** What an operator's word changes. A label with an `entity` is about that member and only noted. */
export const labelledLevel = (state: LevelState, label: CampaignLabel): LevelState => {
  const { act, by, note, atMs } = label
  const noted = (what: CampaignMoment['what'], next: LevelState): LevelState => ({
    ...next,
    history: remember(next.history, { atMs, what, level: next.level, by, note }),
  })
  if (act === 'release' && label.entity !== undefined) return noted('member_released', state)
  if (act === 'confirm') {
    const floor = asLevel(Math.max(CONFIRMED_FLOOR, state.floor))
    const confirmed: LevelState = { ...state, operator: 'confirmed', floor }
    return noted('confirmed', moveTo(confirmed, asLevel(Math.max(floor, state.level)), atMs, label))
  }
  if (act === 'raise') {
    const floor = label.level ?? state.floor
    const operator = state.operator === 'dismissed' ? undefined : state.operator
    const raised: LevelState = { ...state, operator, floor: asLevel(Math.max(floor, state.floor)) }
    const wanted = asLevel(Math.max(floor, state.level))
    return wanted > state.level ? moveTo(raised, wanted, atMs, label) : noted('raised', raised)
  }
  const anew: LevelState = {
    ...linkedLevel(atMs),
    highestLevel: state.highestLevel,
    firstActionAtMs: state.firstActionAtMs,
    history: state.history,
    operator: act === 'dismiss' ? 'dismissed' : undefined,
  }
  return noted(act === 'dismiss' ? 'dismissed' : 'released', anew)
}

/** How a campaign is called by where it stands; that it ended is known to whoever links. */
export const stateOf = ({ operator, level }: LevelState): CampaignSummary['state'] =>
  operator ?? (level > 0 ? 'acting' : 'watched')
