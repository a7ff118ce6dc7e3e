import { shownAmount, unitOf } from '../core/amount-text.ts'
import type { Explanation } from '../policy/explain.ts'
import { renderExplanation } from '../policy/render-explanation.ts'
import type { Counters } from './read-counters.ts'

type ReadCounters = Extract<Counters, { readonly ok: true }>

const NOT_READ = 'Counters were not read; name a running guard with --admin'

/** An explanation as one line of JSON, with the counters the call would meet and remarks of the guard's. */
export const explanationJson = (
  explanation: Explanation,
  counters: ReadCounters | undefined,
  notes: readonly string[],
): string => {
  const shownCounters =
    counters === undefined
      ? { read: false, why: NOT_READ }
      : {
          read: true,
          revision: counters.revision,
          // What the call would meet; the guard answers about every counter these facts name.
          limits: explanation.limits.flatMap(({ id, demand }) => {
            const found = demand === undefined ? undefined : counters.limits.get(id)
            if (demand === undefined || found === undefined) return []
            const shown = (amount: number): number => shownAmount(demand.counted, amount)
            return {
              limit: id,
              unit: unitOf(demand.counted),
              quota: shown(found.quota),
              consumed: shown(found.consumed),
              remaining: shown(found.remaining),
              reset_ms: found.resetMs,
              resets_at: found.resetsAt,
            }
          }),
        }
  return `${JSON.stringify({ ...explanation, counters: shownCounters, notes })}\n`
}

/** An explanation for a terminal, and what there is to know of the counters. */
export const explanationText = (
  explanation: Explanation,
  counters: ReadCounters | undefined,
  notes: readonly string[],
): string => {
  const remarks = notes.map((note) => `${note}\n`).join('')
  const text = `${renderExplanation(explanation, counters?.limits)}${remarks}`
  if (counters === undefined)
    return explanation.limits.length === 0 ? text : `${text}${NOT_READ}.\n`
  return counters.revision === explanation.revision
    ? text
    : `${text}The running guard has policy ${counters.revision} in force.\n`
}
