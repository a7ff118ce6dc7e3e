import type { Call } from '../core/call.ts'
import type { Findings } from '../core/facts.ts'
import type { SignalSource } from '../core/seams.ts'

const AT_EASE: Findings = { 'upstream.pressure': 0 }

/**
 * The source of `upstream.pressure`: that of the upstream which would serve the call. It is always known:
 * an upstream nobody has asked yet is at ease, and so is the one of a call that no upstream serves.
 */
export const createPressureSource = (options: {
  /** Id of the upstream that would serve a call. */
  readonly upstreamOf: (call: Call) => string | undefined
  /** 0 to 1. */
  readonly pressureOf: (upstream: string) => number
}): SignalSource => {
  const { upstreamOf, pressureOf } = options
  return {
    name: 'pressure',
    provides: ['upstream.pressure'],
    budgetMs: 0,
    wave: 0,
    read: (call) => {
      const upstream = upstreamOf(call)
      const pressure = upstream === undefined ? 0 : pressureOf(upstream)
      return pressure === 0 ? AT_EASE : { 'upstream.pressure': pressure }
    },
  }
}
