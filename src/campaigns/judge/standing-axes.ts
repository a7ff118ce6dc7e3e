import { AXES, type Axis, type AxisEvidence } from '../../core/campaign.ts'

/** What is remembered of one axis between passes. */
export type AxisRun = {
  readonly axis: Axis
  /** Passes in a row that found it positive, up to now; 0 while it is not. */
  readonly passes: number
  readonly adds: number
  /** The best it added when it stood, and when; `undefined` before it ever stood. */
  readonly best: { readonly adds: number; readonly atMs: number } | undefined
}

/** Passes in a row that an axis must be positive to stand: one odd pass changes nothing. */
const PASSES_FROM = 2
const HALF_LIFE_MS = 14 * 86_400_000
/** Below this, what is remembered of an axis is no longer evidence. */
const REMEMBERED_FROM = 3

const fadedTo = (best: NonNullable<AxisRun['best']>, nowMs: number): number =>
  best.adds * 2 ** (Math.min(0, best.atMs - nowMs) / HALF_LIFE_MS)

/** Carries the runs of all seven axes on by one pass. */
export const stand = (
  runs: readonly AxisRun[],
  judged: readonly AxisEvidence[],
  nowMs: number,
): readonly AxisRun[] =>
  AXES.map((axis) => {
    const before = runs.find((run) => run.axis === axis)
    const now = judged.find((row) => row.axis === axis)
    const adds = now?.positive === true ? now.adds : 0
    const passes = now?.positive === true ? (before?.passes ?? 0) + 1 : 0
    const best = before?.best
    if (passes < PASSES_FROM || (best !== undefined && adds < fadedTo(best, nowMs))) {
      return { axis, passes, adds, best }
    }
    return { axis, passes, adds, best: { adds, atMs: nowMs } }
  })

/** The axes that count, with what each adds: those that stand, and while `acting` those that stood. */
export const heldAxes = (
  runs: readonly AxisRun[],
  { acting, nowMs }: { readonly acting: boolean; readonly nowMs: number },
): readonly { readonly axis: Axis; readonly adds: number }[] =>
  runs.flatMap(({ axis, passes, adds, best }) => {
    const now = passes >= PASSES_FROM ? adds : 0
    const remembered = acting && best !== undefined ? fadedTo(best, nowMs) : 0
    const counts = Math.max(now, remembered >= REMEMBERED_FROM ? remembered : 0)
    return counts > 0 ? [{ axis, adds: counts }] : []
  })
