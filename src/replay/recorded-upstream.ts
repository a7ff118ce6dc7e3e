import type { Ending, Upstream } from '../core/seams.ts'
import { RecordedExchange } from './recorded-exchange.ts'

/** Id of the upstream of a replay. */
export const RECORDED_UPSTREAM = 'trace'

const OK = 200

/**
 * Stands in for the upstreams: every call is answered at once, whole, and used what was recorded. A call
 * without recorded usage keeps its reservation.
 */
export const createRecordedUpstream = (): Upstream => ({
  forward: (call, exchange, passage) => {
    passage.chosen(RECORDED_UPSTREAM)
    passage.answered(OK)
    const counts = call.route.metering !== 'request' && exchange instanceof RecordedExchange
    const ending: Ending = {
      kind: 'complete',
      fault: undefined,
      usage: counts ? exchange.recorded.usage : undefined,
      estimatedOutputTokens: 0,
      bytesOut: 0,
    }
    return Promise.resolve(ending)
  },
  close: () => Promise.resolve(),
})
