import type { Route } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import type { RequestHead } from './request-head.ts'

/** `application/json` or a `+json` type, with no parameter but a charset of UTF-8. */
const JSON_TYPE =
  /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json[ \t]*(?:;[ \t]*charset=(?:utf-?8|"utf-?8")[ \t]*)?;?$/i

/**
 * Refuses by the head alone a body the route cannot have, before a byte of it is read:
 * `unsupported_encoding` for any Content-Encoding but `identity`; `unsupported_media_type` for a JSON route
 * with another type or charset; `body_too_large` by the announced length; `invalid_body` for a body where
 * the route has none. A JSON route without any Content-Type is taken, since its body is read strictly
 * whatever it is called; some plain clients leave it out.
 */
export const checkBodyKind = (route: Route, head: RequestHead, maxBodyBytes: number): void => {
  if (head.encoded) throw new Fault('unsupported_encoding')
  switch (route.body) {
    case 'json':
      if (head.contentType !== undefined && !JSON_TYPE.test(head.contentType)) {
        throw new Fault('unsupported_media_type')
      }
      if ((head.contentLength ?? 0) > maxBodyBytes) {
        throw new Fault('body_too_large', { detail: `at most ${maxBodyBytes} bytes` })
      }
      return
    case 'none':
      if (head.chunked || (head.contentLength ?? 0) > 0) {
        throw new Fault('invalid_body', { detail: 'this path and method take no body' })
      }
      return
    case 'upload':
      return
  }
}
