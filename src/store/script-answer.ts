import { LedgerFailure } from '../core/ledger.ts'
import type { ServerTime } from './server-time.ts'

const FORGOTTEN = 'forgotten'
const LATE = 'late'
const DOUBLE_BYTES = 8

/**
 * The doubles a script over counters answered with. Throws `forgotten` or `timeout` where it says so
 * (see `counter.lua`), `nonsense` for anything else.
 */
export const doublesOf = (answer: unknown, time: ServerTime): Float64Array => {
  if (!Buffer.isBuffer(answer)) throw new LedgerFailure('nonsense', 'Redis answered without bytes')
  const { length } = answer
  if (length % DOUBLE_BYTES === 0) {
    // The bytes lie anywhere in what the socket read; doubles need a place of their own.
    return new Float64Array(Uint8Array.prototype.slice.call(answer).buffer)
  }
  if (length === FORGOTTEN.length && answer.toString('latin1') === FORGOTTEN) {
    throw new LedgerFailure('forgotten', 'Redis has lost what was counted in it')
  }
  if (length === LATE.length + DOUBLE_BYTES && answer.toString('latin1', 0, LATE.length) === LATE) {
    time.learn(answer.readDoubleLE(LATE.length))
    // It was this process that was late, as a rule; nothing was carried out.
    throw new LedgerFailure('refused', 'the request reached Redis too late to be carried out')
  }
  throw new LedgerFailure('nonsense', `Redis answered with ${length} bytes that say nothing`)
}
