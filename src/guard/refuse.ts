import type { Ruling } from '../core/decision.ts'
import { FAULTS, type Fault } from '../core/fault.ts'
import type { Dialect, Exchange, Refusal } from '../core/seams.ts'
import { formatDuration } from '../core/time.ts'

const S_MS = 1_000

/**
 * The refusal of a ruling, in words for the caller: what happened and what to do next, and nothing that
 * teaches an attacker which rule or fact it met.
 */
export const refusalOf = (ruling: Ruling, id: string): Refusal => {
  const refused = ruling.admission?.admitted === false ? ruling.admission : undefined
  if (refused !== undefined) {
    const { counted, quota } = refused.refusedBy
    const what = counted === 'concurrent' ? 'calls at the same time' : counted.replace('_', ' ')
    return {
      status: 429,
      code: 'limit_exceeded',
      message: `The limit of ${quota} ${what} is reached. Try again in ${formatDuration(refused.retryAfterMs)}.`,
      id,
      retryAfterMs: refused.retryAfterMs,
      tokens: counted !== 'requests' && counted !== 'concurrent',
    }
  }
  const retryAfterMs = (ruling.decision.retryAfterS ?? 0) * S_MS
  switch (ruling.verdict) {
    case 'throttle':
      return {
        status: 429,
        code: 'throttled',
        message: `Too many calls of this kind right now. Try again in ${formatDuration(retryAfterMs)}.`,
        id,
        retryAfterMs,
      }
    case 'challenge':
      return {
        status: 403,
        code: 'challenge_required',
        message: `This call needs a further confirmation. Contact the operator and quote ${id}.`,
        id,
      }
    case 'allow':
    case 'deny':
      return {
        status: 403,
        code: 'denied',
        message: `This call is not permitted for this account. If you think it should be, contact the operator and quote ${id}.`,
        id,
      }
  }
}

/** The refusal of a fault: the table's text, and the detail where there is one. */
export const refusalOfFault = (fault: Fault, id: string): Refusal => {
  const { status, text, retryable } = FAULTS[fault.code]
  const message = fault.detail === undefined ? text : `${text} (${fault.detail})`
  return {
    status,
    code: fault.code,
    message,
    id,
    retryAfterMs: retryable ? S_MS : undefined,
  }
}

/** Gives a refusal to the caller; the status its dialect has for it, and the bytes of its body. */
export const answer = (
  exchange: Exchange,
  dialect: Dialect,
  refusal: Refusal,
): { readonly status: number; readonly bytesOut: number } => {
  const { status, rawHeaders, body } = dialect.refuse(refusal)
  exchange.start(status, rawHeaders)
  exchange.end(exchange.method === 'HEAD' ? undefined : body)
  return { status, bytesOut: body.length }
}
