import type { RecordedCall } from '../core/trace.ts'

/**
 * Somebody who makes calls. `nextAtMs` is the time of its next call, `Infinity` after the last; `call`
 * makes that call and moves on.
 */
export type Caller = {
  readonly account: string
  nextAtMs(): number
  call(): RecordedCall
}
