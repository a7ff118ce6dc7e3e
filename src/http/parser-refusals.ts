import type { Socket } from 'node:net'
import type { Clock, Dialect, Sink } from '../core/seams.ts'
import { Fault, type FaultCode } from '../core/fault.ts'
import { refusalOfFault } from '../guard/refuse.ts'

/** What a refusal below the guard needs: no call exists, so there is nothing to judge. */
export type ParserRefusalParts = {
  readonly clock: Clock
  readonly newId: (atMs: number) => string
  readonly sink: Sink
  /** The shape of the answer: before a path is known, OpenAI's. */
  readonly dialect: Dialect
}

/**
 * Answers and records what never became a request. `unanswered` says that another answer is under way on
 * the connection, into which none may be written: the connection is cut instead.
 */
export type ParserRefusal = (
  socket: Socket,
  code: FaultCode,
  options?: { readonly unanswered: boolean },
) => void

/** Codes of Node's HTTP parser and server that say more than that the bytes are no HTTP. */
const FAULT_OF_CODE: ReadonlyMap<string, FaultCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'headers_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

/** The fault of an error of Node's HTTP parser; `undefined` where the peer simply went away. */
export const faultOfParserError = (error: NodeJS.ErrnoException): FaultCode | undefined => {
  const { code = '' } = error
  if (code === 'ECONNRESET' || code === 'EPIPE') return undefined
  return FAULT_OF_CODE.get(code) ?? 'malformed_http'
}

/**
 * Refuses on the bare socket and leaves one event, so that what the parser rejects is seen and counted
 * like every other refusal.
 */
export const createParserRefusal =
  ({ clock, newId, sink, dialect }: ParserRefusalParts): ParserRefusal =>
  (socket, code, { unanswered } = { unanswered: false }) => {
    const atMs = clock.now()
    const id = newId(atMs)
    const fault = new Fault(code)
    const { status, rawHeaders, body } = dialect.refuse(refusalOfFault(fault, id))
    const peerAddress = socket.remoteAddress ?? ''
    const answered = socket.writable && !unanswered
    if (answered) {
      let head = `HTTP/1.1 ${status} Refused\r\nconnection: close\r\n`
      for (let at = 0; at < rawHeaders.length; at += 2) {
        head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`
      }
      socket.write(`${head}\r\n`, 'latin1')
      socket.end(body)
    }
    if (unanswered) socket.destroy()
    else socket.destroySoon()
    sink.accept({
      arrival: { id, atMs, method: '', path: '', peerAddress },
      call: undefined,
      facts: undefined,
      ruling: undefined,
      outcome: 'refused',
      fault: code,
      faultCause: undefined,
      status: answered ? status : 0,
      upstreamStatus: undefined,
      upstream: undefined,
      usage: undefined,
      settled: undefined,
      settledFrom: undefined,
      bytesOut: answered ? body.length : 0,
      totalMs: 0,
      firstByteMs: undefined,
      verbMs: {},
    })
  }
