import { FAULTS } from '../core/fault.ts'
import type { Sink } from '../core/seams.ts'
import type { LogSuppression } from './log-suppression.ts'

/**
 * The sink that tells the program's log what broke: faults of the guard and of an upstream, by code,
 * cause and upstream, never a call. What clients do wrong is counted by the metrics and stays out of the
 * log. The decision id of the first one leads to its record.
 */
export const createFaultLog = (parts: { readonly suppression: LogSuppression }): Sink => ({
  name: 'fault-log',
  accept({ fault, faultCause, upstream, arrival, upstreamStatus }) {
    if (fault === undefined) return
    const { source } = FAULTS[fault]
    if (source === 'client') return
    const level = source === 'guard' ? 'error' : 'warn'
    const kind = upstream === undefined ? fault : `${fault} ${upstream}`
    const fields = {
      code: fault,
      cause: faultCause,
      source,
      upstream,
      upstream_status: upstreamStatus,
    }
    parts.suppression.note(kind, level, { ...fields, decision: arrival.id }, 'a call failed')
  },
  close() {
    parts.suppression.close()
    return Promise.resolve()
  },
})
