import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Fault, toFault, type FaultCode } from '../core/fault.ts'
import type { Exchange } from '../core/seams.ts'
import { createBodyBudget, createBodyBuffer, type BodyBudget } from './body-buffer.ts'

/** What an exchange needs to know beside its two streams. */
export type ExchangeOptions = {
  /** Whether the caller waits for an interim answer before it sends its body. */
  readonly expectsContinue?: boolean
  /** What bodies may fill in this process; without one, nothing bounds them together. */
  readonly budget?: BodyBudget
  /** How long a body may take that is read whole; 60 s unless told. */
  readonly bodyTimeoutMs?: number
  /** The listener; while it drains, an answer is the last one of its connection. */
  readonly listener?: { readonly draining: boolean }
}

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
  readonly #options: ExchangeOptions
  #failBody: ((code: FaultCode) => void) | undefined

  constructor(incoming: IncomingMessage, outgoing: ServerResponse, options = NO_OPTIONS) {
    this.#incoming = incoming
    this.#outgoing = outgoing
    this.#options = options
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

  /** Whether the request has come whole, so that what its connection brings now is another. */
  get received(): boolean {
    return this.#incoming.complete
  }

  /**
   * Whether the answer is over, properly or not. One that has ended but still waits for its turn behind
   * the answer to an earlier request is not.
   */
  get finished(): boolean {
    const outgoing = this.#outgoing
    if (outgoing.destroyed) return true
    return outgoing.writableEnded && (outgoing.socket !== null || outgoing.writableFinished)
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
    const { budget = UNBOUNDED, bodyTimeoutMs = BODY_TIMEOUT_MS } = this.#options
    const body = createBodyBuffer({ maxBytes, budget })
    // Not `once`, here and in `gone`: a response closes once, and taking two listeners off it costs more.
    this.#outgoing.on('close', () => body.release())
    return new Promise((resolve, reject) => {
      let settled = false
      const settle = (): void => {
        settled = true
        this.#failBody = undefined
        clearTimeout(deadline)
      }
      // Listeners stay and look at a flag: taking four of them off every call costs more.
      const fail = (fault: Fault): void => {
        if (settled) return
        settle()
        incoming.pause()
        reject(fault)
      }
      const take = (chunk: Buffer): void => {
        if (settled) return
        try {
          body.push(chunk)
        } catch (error) {
          fail(toFault(error))
        }
      }
      const done = (): void => {
        if (settled) return
        settle()
        resolve(body.whole())
      }
      const left = (): void => {
        if (!settled) fail(new Fault('client_gone'))
      }
      const deadline = setTimeout(() => fail(new Fault('request_timeout')), bodyTimeoutMs)
      // A name first: V8 puts a function literal that is assigned to a property into the old generation,
      // where it would keep its finished call alive, and that call's memory, until the next full collection.
      const failWith = (code: FaultCode): void => fail(new Fault(code))
      this.#failBody = failWith
      if (incoming.destroyed) return left()
      incoming.on('data', take).on('end', done).on('close', left).on('error', left)
    })
  }

  start(status: number, rawHeaders: readonly string[]): void {
    const outgoing = this.#outgoing
    if (outgoing.headersSent || outgoing.destroyed) return
    // An answer to a body that was not read to its end must not leave the rest to be read as a request.
    const last = !this.#incoming.complete || this.#options.listener?.draining === true
    if (last) outgoing.shouldKeepAlive = false
    outgoing.writeHead(status, rawHeaders as string[])
    if (isEventStream(rawHeaders)) this.#sendHead()
  }

  /**
   * Sends the head without waiting for the first body byte, which a stream may hold back for long. What
   * is written in the same turn still leaves with it.
   */
  #sendHead(): void {
    const { socket } = this.#outgoing
    if (socket !== null) {
      socket.cork()
      process.nextTick(uncork, socket)
    }
    this.#outgoing.flushHeaders()
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
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) left()
    })
  }

  #continue(): void {
    if (this.#options.expectsContinue === true && !this.started && !this.#outgoing.destroyed) {
      this.#outgoing.writeContinue()
    }
  }
}

/** A caller that takes no more bytes does not keep its connection by it. */
const LINGER_MS = 1_000
const LINGER_BYTES = 64 * 1024 * 1024

const CONTENT_TYPE = 'content-type'

const NO_OPTIONS: ExchangeOptions = {}

const BODY_TIMEOUT_MS = 60_000
const UNBOUNDED = createBodyBudget(Number.POSITIVE_INFINITY)

const ignore = (): void => {}

const uncork = (socket: Socket): void => socket.uncork()

const isEventStream = (rawHeaders: readonly string[]): boolean => {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    // The length alone rules most names out; JSON answers pay for no more than that.
    if (name.length === CONTENT_TYPE.length && name.toLowerCase() === CONTENT_TYPE) {
      return rawHeaders[at + 1]?.toLowerCase().startsWith('text/event-stream') === true
    }
  }
  return false
}
