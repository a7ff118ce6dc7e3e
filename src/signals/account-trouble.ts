import { causeCodeOf } from '../core/cause-code.ts'

/** Whether a service answers, and the short word for why not: the last one where it does again. */
export type Trouble = { readonly down: boolean; readonly cause: string }

/** An answer of another status than was asked for, as an error {@link troubleCause} knows. */
export const unexpectedStatus = (status: number): Error =>
  Object.assign(new Error(`the service answered ${status}`), { status })

const TIMEOUTS = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/**
 * Why a service did not answer as one does: `http 500`, `timeout`, a code such as `ECONNREFUSED`, or
 * `failed`. Never a message: it may quote an address or what the service said.
 */
export const troubleCause = (error: unknown): string => {
  if (error instanceof Error) {
    if ('status' in error && typeof error.status === 'number') return `http ${error.status}`
    // What `AbortSignal.timeout` throws; its code is a number of the DOM.
    if (error.name === 'TimeoutError') return 'timeout'
  }
  const code = causeCodeOf(error)
  if (code !== undefined && TIMEOUTS.has(code)) return 'timeout'
  return code ?? 'failed'
}

/** Tells of a service that stops answering and of its return; never of single questions. */
export interface TroubleWatch {
  /** `broken` where it failed so often that it is only probed. */
  failed(failure: { readonly error: unknown; readonly broken: boolean }, nowMs: number): void
  succeeded(nowMs: number): void
}

/** After a return, single failures are not told for this long; that it is broken always is. */
const QUIET_MS = 60_000

/**
 * The first failure is told at once, so that a service that never was there is noticed with the first
 * call; one that only fails now and then is told of at most once a minute. What `tell` throws is dropped.
 */
export const createTroubleWatch = (
  tell: ((trouble: Trouble) => void) | undefined,
): TroubleWatch => {
  let cause: string | undefined
  let returnedMs = -Infinity
  const safely = (trouble: Trouble): void => {
    try {
      tell?.(trouble)
    } catch {
      // Whoever is told must not be able to break a call.
    }
  }
  return {
    failed: ({ error, broken }, nowMs) => {
      if (cause !== undefined) return
      if (!broken && Math.abs(nowMs - returnedMs) < QUIET_MS) return
      cause = troubleCause(error)
      safely({ down: true, cause })
    },
    succeeded: (nowMs) => {
      if (cause === undefined) return
      const ended = cause
      cause = undefined
      returnedMs = nowMs
      safely({ down: false, cause: ended })
    },
  }
}
