import { FAULTS } from '../core/fault.ts'
import type { Sink } from '../core/seams.ts'
import type { LogSuppression } from './log-suppression.ts'

const SHEDDING =
  'the least proven calls are turned away, since their model API serves less than it is asked for'

/**
 * The sink that tells the program's log what broke: faults of the guard and of an upstream, by code,
 * cause and upstream, never a call. What clients do wrong is counted by the metrics and stays out of the
 * log. The decision id of the first one leads to its record. Calls that are turned away since their
 * upstream is overloaded are told of in the same way.
 */
export const createFaultLog = (parts: { readonly suppression: LogSuppression }): Sink => ({
  name: 'fault-log',
  accept({ fault, faultCause, upstream, arrival, upstreamStatus, ruling }) {
    if (ruling?.shed !== undefined) {
      const fields = { pressure: ruling.shed.pressure, decision: arrival.id }
      parts.suppression.note('shed', 'warn', fields, SHEDDING)
    }
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
