import type { DialectName } from '../core/call.ts'
import type { Verdict } from '../core/decision.ts'
import type { CallEvent, Outcome } from '../core/event.ts'

const DIALECTS: readonly (DialectName | 'none')[] = ['openai', 'anthropic', 'gemini', 'none']
const VERDICTS: readonly (Verdict | 'none')[] = ['allow', 'challenge', 'throttle', 'deny', 'none']
const OUTCOMES: readonly Outcome[] = ['served', 'refused', 'client_gone', 'faulted']

/** Names of the labels, in the order in which {@link CallCounts.series} gives their values. */
export const CALL_LABELS: readonly string[] = ['dialect', 'verdict', 'outcome']

/** Calls by wire form, ruling and outcome; `none` where the call did not get that far. */
export type CallCounts = {
  add(event: CallEvent): void
  series(): Iterable<readonly [values: readonly string[], count: number]>
}

/** One cell for each of the 80 combinations; only those that occurred are given out. */
export const createCallCounts = (): CallCounts => {
  const cells = new Float64Array(DIALECTS.length * VERDICTS.length * OUTCOMES.length)
  return {
    add({ call, ruling, outcome }) {
      const dialect = DIALECTS.indexOf(call?.dialect ?? 'none')
      const verdict = VERDICTS.indexOf(ruling?.verdict ?? 'none')
      const row = dialect * VERDICTS.length + verdict
      const at = row * OUTCOMES.length + OUTCOMES.indexOf(outcome)
      cells[at] = (cells[at] ?? 0) + 1
    },
    *series() {
      let at = 0
      for (const dialect of DIALECTS)
        for (const verdict of VERDICTS)
          for (const outcome of OUTCOMES) {
            const count = cells[at++] ?? 0
            if (count > 0) yield [[dialect, verdict, outcome], count]
          }
    },
  }
}
