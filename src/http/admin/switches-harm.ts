import { hasReturned, type SwitchEntry } from '../../core/switches.ts'
import { mayRefuse } from '../../policy/may-refuse.ts'
import { withSwitches, type Switches } from '../../policy/switches.ts'
import { harmView, previewView } from './backtest-view.ts'
import { weighChange, type Judging, type WeighedChange } from './judging.ts'

/** What is known of a change of switches before it is made. */
export type Weighed =
  /** It may be made; `audit` is what the audit keeps of the weighing. */
  | { readonly ok: true; readonly audit: object }
  /** It has to be confirmed, and why; `more` are members of the problem. */
  | { readonly ok: false; readonly detail: string; readonly more: object }

const NOT_WEIGHED = (why: string): string =>
  `whom this would refuse could not be weighed (${why}); say it again with confirm: true to go on all the same`

const inForce = (entries: readonly SwitchEntry[], nowMs: number): Switches =>
  new Map(
    entries
      .filter((entry) => !hasReturned(entry, nowMs))
      .map(({ id, mode, rollout }) => [id, { mode, rollout }]),
  )

/** Whether other switches may refuse somebody who is not refused now; where nothing judges, they may. */
export const needsWeighing = (
  judging: Pick<Judging, 'current'> | undefined,
  from: readonly SwitchEntry[],
  to: readonly SwitchEntry[],
  nowMs: number,
): boolean =>
  judging === undefined ||
  mayRefuse(judging.current(), inForce(from, nowMs), inForce(to, nowMs)).length > 0

const tried = async (
  judging: Judging,
  to: readonly SwitchEntry[],
  nowMs: number,
): Promise<WeighedChange | 'busy' | 'failed'> => {
  try {
    return await weighChange(judging, withSwitches(judging.current(), inForce(to, nowMs)))
  } catch {
    return 'failed'
  }
}

/**
 * Tries switches over the newest recorded decisions, where they may refuse somebody who is not refused now.
 * What cannot be weighed has to be confirmed.
 */
export const weighSwitches = async (
  judging: Judging | undefined,
  from: readonly SwitchEntry[],
  to: readonly SwitchEntry[],
  nowMs: number,
): Promise<Weighed> => {
  if (!needsWeighing(judging, from, to, nowMs)) return { ok: true, audit: {} }
  if (judging === undefined) {
    return { ok: false, detail: NOT_WEIGHED('this guard has no policy to try'), more: {} }
  }
  const weighed = await tried(judging, to, nowMs)
  if (weighed === 'busy' || weighed === 'failed') {
    const why = weighed === 'busy' ? 'another change is being tried' : 'the backtest failed'
    return { ok: false, detail: NOT_WEIGHED(why), more: {} }
  }
  const { result, harm } = weighed
  if (!harm.confirm) {
    const { calls, judged } = result
    return { ok: true, audit: { weighed: { calls, judged, ...harmView(harm) } } }
  }
  const why = harm.because.join('; ')
  return {
    ok: false,
    detail: result.unread
      ? NOT_WEIGHED(why)
      : `by the newest ${result.calls} recorded calls ${why}; say it again with confirm: true to go on all the same`,
    more: previewView(result, harm),
  }
}
