import type { Answer } from '../../core/challenge.ts'
import { Fault } from '../../core/fault.ts'
import type { Exchange } from '../../core/seams.ts'
import type { RequestHead } from '../../guard/request-head.ts'
import { readStrictJson } from '../../guard/strict-json.ts'

/** An answer has a puzzle and its solution, or a vendor's token of some 2 kB. */
const MAX_ANSWER_BYTES = 8 * 1024

const JSON_TYPE = /^application\/json(?: *; *charset="?utf-8"?)?$/i

/**
 * Reads the body of an answer. Only JSON is taken, and only under its own type: a form of another site
 * cannot send that. Rejects with `unsupported_media_type`, `unsupported_encoding`, `body_too_large`,
 * `request_timeout`, `client_gone` or `invalid_body`; what is refused by its head is not read.
 */
export const readAnswer = async (exchange: Exchange, head: RequestHead): Promise<Answer> => {
  if (head.encoded) throw new Fault('unsupported_encoding')
  if (!JSON_TYPE.test(head.contentType ?? '')) throw new Fault('unsupported_media_type')
  if ((head.contentLength ?? 0) > MAX_ANSWER_BYTES) throw new Fault('body_too_large')
  return readStrictJson(await exchange.readBody(MAX_ANSWER_BYTES))
}
