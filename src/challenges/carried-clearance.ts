import type { Call } from '../core/call.ts'
import type { Clearance } from '../core/challenge.ts'

/** Header in which a caller carries a clearance that is bound to its credential. */
export const CLEARANCE_HEADER = 'x-stillwatch-clearance'

/** Opens what a caller carries. Never throws; `undefined` for anything that we did not seal. */
export interface Carried {
  open(token: string): Clearance | undefined
}

/** Longer than any token of ours. */
const MAX_TOKEN_CHARS = 4_096

/** The clearance in the header of a call. A header that stands there twice says nothing. */
export const carriedClearance = (call: Call, carried: Carried): Clearance | undefined => {
  const { rawHeaders } = call
  let token: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length !== CLEARANCE_HEADER.length) continue
    if (name.toLowerCase() !== CLEARANCE_HEADER) continue
    if (token !== undefined) return undefined
    token = rawHeaders[at + 1]
  }
  if (token === undefined || token === '' || token.length > MAX_TOKEN_CHARS) return undefined
  return carried.open(token)
}
