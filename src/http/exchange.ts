import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault, type FaultCode } from '../core/fault.ts'
import type { Exchange } from '../core/seams.ts'

/**
 * One HTTP/1.1 exchange over Node's own objects. Every method is safe after the caller has left: what
 * is written then goes nowhere, and nothing throws.
 */
export class NodeExchange implements Exchange {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly peerAddress: string
  readonly #incoming: IncomingMessage
  readonly #outgoing: ServerResponse
  readonly #expectsContinue: boolean
  #failBody: ((code: FaultCode) => void) | undefined

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    options: { readonly expectsContinue?: boolean } = {},
  ) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#expectsContinue = options.expectsContinue ?? false
    this.method = incoming.method ?? ''
    this.target = incoming.url ?? ''
    this.rawHeaders = incoming.rawHeaders
    this.peerAddress = incoming.socket.remoteAddress ?? ''
    // A write that loses the race against a leaving caller reports here; `gone` tells of it already.
    outgoing.on('error', ignore)
  }

  get body(): IncomingMessage {
    this.#continue()
    return this.#incoming
  }

  get started(): boolean {
    return this.#outgoing.headersSent
  }

  /** Whether the answer is over, properly or not. */
  get finished(): boolean {
    return this.#outgoing.writableEnded || this.#outgoing.destroyed
  }

  /**
   * Fails a body that is being read, for a fault the HTTP parser reports beside the stream. False where
   * no body is awaited.
   */
  failBody(code: FaultCode): boolean {
    if (this.#failBody === undefined) return false
    this.#failBody(code)
    return true
  }

  readBody(maxBytes: number): Promise<Uint8Array> {
    const incoming = this.#incoming
    // Node has checked that the header is a plain number where it is there.
    const announced = Number(incoming.headers['content-length'] ?? 0)
    if (announced > maxBytes) return Promise.reject(new Fault('body_too_large'))
    this.#continue()
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let sizeBytes = 0
      let settled = false
      // Listeners stay and look at a flag: taking four of them off every call costs more.
      const fail = (code: FaultCode): void => {
        if (settled) return
        settled = true
        this.#failBody = undefined
        reject(new Fault(code))
      }
      const take = (chunk: Buffer): void => {
        if (settled) return
        sizeBytes += chunk.length
        if (sizeBytes > maxBytes) {
          incoming.pause()
          fail('body_too_large')
        } else {
          chunks.push(chunk)
        }
      }
      const done = (): void => {
        settled = true
        this.#failBody = undefined
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
      }
      const left = (): void => fail('client_gone')
      this.#failBody = fail
      if (incoming.destroyed) return left()
      incoming.on('data', take).on('end', done).on('close', left).on('error', left)
    })
  }

  start(status: number, rawHeaders: readonly string[]): void {
    const outgoing = this.#outgoing
    if (outgoing.headersSent || outgoing.destroyed) return
    // An answer to a body that was not read to its end must not leave the rest to be read as a request.
    if (!this.#incoming.complete) outgoing.shouldKeepAlive = false
    outgoing.writeHead(status, rawHeaders as string[])
  }

  write(chunk: Uint8Array): boolean {
    return this.#outgoing.destroyed || this.#outgoing.write(chunk)
  }

  drained(resume: () => void): void {
    this.#outgoing.once('drain', resume)
  }

  end(chunk?: Uint8Array): void {
    if (this.#outgoing.destroyed || this.#outgoing.writableEnded) return
    if (this.#incoming.complete) this.#outgoing.end(chunk)
    else this.#endSlowly(chunk)
  }

  /**
   * Ends an answer to a body that is still on its way: its bytes go out at once, the connection is closed
   * after the body has come, a deadline, or more bytes than an honest caller still has under way. Closed
   * before, unread bytes would make it a reset, which takes the answer from the caller's hands.
   */
  #endSlowly(chunk: Uint8Array | undefined): void {
    const incoming = this.#incoming
    const outgoing = this.#outgoing
    if (chunk !== undefined) outgoing.write(chunk)
    let sizeBytes = 0
    const end = (): void => {
      clearTimeout(deadline)
      incoming.off('data', discard).off('end', end).off('close', end).off('error', end).pause()
      if (!outgoing.destroyed && !outgoing.writableEnded) outgoing.end()
    }
    const discard = (bytes: Buffer): void => {
      sizeBytes += bytes.length
      if (sizeBytes > LINGER_BYTES) end()
    }
    const deadline = setTimeout(end, LINGER_MS)
    incoming.on('data', discard).on('end', end).on('close', end).on('error', end)
  }

  cut(): void {
    const { socket } = this.#outgoing
    if (socket === null || socket.destroyed) {
      this.#outgoing.destroy()
      return
    }
    // Bytes written in this turn are still corked; the caller should see them before the connection ends.
    while (socket.writableCorked > 0) socket.uncork()
    socket.destroySoon()
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }

  gone(left: () => void): void {
    const outgoing = this.#outgoing
    if (outgoing.destroyed && !outgoing.writableFinished) return left()
    outgoing.once('close', () => {
      if (!outgoing.writableFinished) left()
    })
  }

  #continue(): void {
    if (this.#expectsContinue && !this.started && !this.#outgoing.destroyed) {
      this.#outgoing.writeContinue()
    }
  }
}

/** A caller that takes no more bytes does not keep its connection by it. */
const LINGER_MS = 1_000
const LINGER_BYTES = 64 * 1024 * 1024

const ignore = (): void => {}
