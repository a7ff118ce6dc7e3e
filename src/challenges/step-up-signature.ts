import { createHmac, timingSafeEqual } from 'node:crypto'

/** Whether a webhook is what it says, by its headers; otherwise why not. */
export type SignatureVerdict = 'signed' | 'unsigned' | 'stale'

/** Either way: clocks differ, and a webhook that was recorded must not be of use for long. */
const TOLERANCE_S = 300
const MAX_HEADER_CHARS = 2_048
const MAX_SIGNATURES = 16

/** No `.` in it: that is what parts it from the time. */
const ID = /^[\w-]{1,256}$/
const SECONDS = /^\d{1,12}$/
/** 32 bytes as base64. */
const SIGNATURE = /^v1,([A-Za-z0-9+/]{43}=)$/

/** The bytes of an entry of the list; of the spellings that Node reads as the same bytes one counts. */
const signatureOf = (entry: string): Buffer | undefined => {
  const base64 = SIGNATURE.exec(entry)?.[1]
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  return bytes.toString('base64') === base64 ? bytes : undefined
}

/** The one value of a header; `undefined` where it is missing, stands there twice, or is too long. */
const only = (rawHeaders: readonly string[], wanted: string): string | undefined => {
  let found: string | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() !== wanted) continue
    if (found !== undefined) return undefined
    found = rawHeaders[at + 1]
  }
  return found === undefined || found.length > MAX_HEADER_CHARS ? undefined : found
}

/**
 * Judges a webhook by Standard Webhooks 1.0.0: `webhook-id`, `webhook-timestamp` (Unix seconds, at most 300
 * off) and `webhook-signature`, which lists one or more signatures between spaces, each `v1,` and base64 of
 * HMAC-SHA-256 over `id.timestamp.body`. One right one under one of the keys is enough; other versions are
 * passed over. Compares in constant time. A timestamp is looked at only under a right signature.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const judgeSignature = (options: {
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
  readonly keys: readonly Uint8Array[]
  readonly nowMs: number
}): SignatureVerdict => {
  const { rawHeaders, body, keys, nowMs } = options
  const id = only(rawHeaders, 'webhook-id')
  const timestamp = only(rawHeaders, 'webhook-timestamp')
  const list = only(rawHeaders, 'webhook-signature')
  if (id === undefined || timestamp === undefined || list === undefined) return 'unsigned'
  if (!ID.test(id) || !SECONDS.test(timestamp)) return 'unsigned'
  const given = list
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .flatMap((entry) => signatureOf(entry) ?? [])
  if (given.length === 0) return 'unsigned'
  let right = false
  for (const key of keys) {
    const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
    for (const one of given) {
      if (one.length === wanted.length && timingSafeEqual(one, wanted)) right = true
    }
  }
  if (!right) return 'unsigned'
  return Math.abs(nowMs / 1_000 - Number(timestamp)) <= TOLERANCE_S ? 'signed' : 'stale'
}
