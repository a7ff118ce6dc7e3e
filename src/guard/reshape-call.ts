import type { Call } from '../core/call.ts'
import type { Decision } from '../core/decision.ts'
import type { Reshaped } from '../core/reshape.ts'
import type { Reader } from './read-call.ts'

/** A call as it goes on, and what was changed in it. */
export type ReshapedCall = { readonly call: Call; readonly reshaped: Reshaped | undefined }

/**
 * The call that goes on: as the policy reshapes it, body and ask together, so that what is reserved is
 * what is asked for; the same call where the policy refuses it or asks for no change. Never throws.
 */
export const reshapeCall = (
  call: Call,
  { verdict, reshape }: Decision,
  dialects: Pick<Reader, 'dialectOfCall'>,
): ReshapedCall => {
  if (reshape === undefined || verdict !== 'allow') return { call, reshaped: undefined }
  const done = dialects.dialectOfCall(call).reshape(call.route, call.ask, call.body, reshape)
  if (done === undefined) return { call, reshaped: undefined }
  const { body, ask, changed, unsupported } = done
  return {
    call: changed.length === 0 ? call : { ...call, ask, body },
    reshaped: { changed, unsupported },
  }
}
