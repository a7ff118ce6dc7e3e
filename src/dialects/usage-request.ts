import { findJsonMember, isText, skipBlank } from './json-member.ts'

const CLOSE_OBJECT = 0x7d
const OPEN_OBJECT = 0x7b

const splice = (body: Buffer, start: number, end: number, text: string): Buffer =>
  Buffer.concat([body.subarray(0, start), Buffer.from(text), body.subarray(end)])

/** Puts a member first into the object that opens at `open`. */
const insertFirst = (body: Buffer, open: number, member: string): Buffer => {
  const empty = body[skipBlank(body, open + 1)] === CLOSE_OBJECT
  return splice(body, open + 1, open + 1, empty ? member : `${member},`)
}

/**
 * The body of a streaming request with `stream_options.include_usage` switched on. Bytes are inserted or
 * a `false` or `null` replaced; nothing else is touched, so numbers and texts stay as the caller wrote
 * them. `undefined` where the body is no object after all.
 */
export const withUsageRequested = (body: Buffer): Buffer | undefined => {
  const open = skipBlank(body, 0)
  if (body[open] !== OPEN_OBJECT) return undefined
  const options = findJsonMember(body, open, 'stream_options')
  if (options === undefined)
    return insertFirst(body, open, '"stream_options":{"include_usage":true}')
  const { valueStart, valueEnd } = options
  if (isText(body, valueStart, valueEnd, 'null')) {
    return splice(body, valueStart, valueEnd, '{"include_usage":true}')
  }
  if (body[valueStart] !== OPEN_OBJECT) return undefined
  const include = findJsonMember(body, valueStart, 'include_usage')
  return include === undefined
    ? insertFirst(body, valueStart, '"include_usage":true')
    : splice(body, include.valueStart, include.valueEnd, 'true')
}
