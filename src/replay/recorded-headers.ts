/** Headers of a recorded call as they would have come on the wire. */
export type WireHeaders = (
  rawHeaders: readonly string[],
  call: {
    /** What stands in place of the credential; `undefined` keeps whatever the headers hold. */
    readonly secret: string | undefined
    readonly bodyBytes: number
  },
) => readonly string[]

type Plan = {
  readonly fields: readonly string[]
  /** Places of values; -1 where there is none. */
  readonly lengthAt: number
  readonly credentialAt: number
  readonly chunked: boolean
}

const CREDENTIALS = new Set(['authorization', 'x-api-key', 'x-goog-api-key', 'api-key'])
const BEARER = 'authorization'

const planOf = (rawHeaders: readonly string[]): Plan => {
  const fields = [...rawHeaders]
  let lengthAt = -1
  let credentialAt = -1
  let chunked = false
  let host = false
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = (fields[at] ?? '').toLowerCase()
    if (name === 'content-length') lengthAt = at + 1
    else if (name === 'transfer-encoding') chunked = true
    else if (name === 'host') host = true
    // A field that is empty is none; a second credential stays, for the guard to refuse.
    else if (credentialAt === -1 && CREDENTIALS.has(name) && fields[at + 1] !== '')
      credentialAt = at + 1
  }
  if (!host) fields.push('host', 'trace.invalid')
  return { fields, lengthAt, credentialAt, chunked }
}

/**
 * Makes recorded headers fit for the wire: the length is that of the body, the account stands where the
 * credential stood (or at the end, as `Authorization: Bearer`), a Host is there. Nothing else changes,
 * since order and case tell clients apart. Worked out once for an array of headers.
 */
export const createWireHeaders = (): WireHeaders => {
  const plans = new WeakMap<readonly string[], Plan>()
  return (rawHeaders, { secret, bodyBytes }) => {
    let plan = plans.get(rawHeaders)
    if (plan === undefined) {
      plan = planOf(rawHeaders)
      plans.set(rawHeaders, plan)
    }
    const { lengthAt, credentialAt, chunked } = plan
    const fields = plan.fields.slice()
    if (lengthAt !== -1) fields[lengthAt] = String(bodyBytes)
    else if (bodyBytes > 0 && !chunked) fields.push('content-length', String(bodyBytes))
    if (secret === undefined) return fields
    if (credentialAt === -1) fields.push(BEARER, `Bearer ${secret}`)
    else {
      const bearer = fields[credentialAt - 1]?.toLowerCase() === BEARER
      fields[credentialAt] = bearer ? `Bearer ${secret}` : secret
    }
    return fields
  }
}
