import type { Dispatcher } from 'undici'
import { causeCodeOf } from '../core/cause-code.ts'
import type { Call } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import type { Dialect, Ending, Exchange, Passage } from '../core/seams.ts'
import { Answer, type Breakage } from './answer.ts'
import { faultCodeOf, type Phase } from './failure.ts'
import type { UpstreamPool } from './pool.ts'
import type { UnderWay } from './under-way.ts'
import type { UpstreamProblem } from './upstream-options.ts'
import type { AskedUsage, UsageOption } from './usage-option.ts'

type Controller = Dispatcher.DispatchController

const NO_PLACE = -1

/** The upstream of a call. */
type PassingUpstream = {
  readonly pool: UpstreamPool
  readonly dialect: Dialect
  readonly usageOption: UsageOption
  readonly idleMs: number
  /** Calls that have not ended: each is in it from its dispatch to its ending. */
  readonly underWay: UnderWay<Passing>
  readonly tell: (what: UpstreamProblem['what'], cause?: unknown) => void
}

/** The call itself and who waits for its ending. */
type PassingCall = {
  readonly call: Call
  readonly exchange: Exchange
  readonly passage: Passage
  readonly request: Dispatcher.DispatchOptions
  readonly resolve: (ending: Ending) => void
  readonly reject: (fault: Fault) => void
}

/** Interim answers (1xx) an upstream may send: each one moves its deadline. */
const MAX_INTERIM = 8
/** A refusal of the usage option is a short error; what is longer is the answer. */
const MAX_HELD_BYTES = 64 * 1024
/** Only undici sees it, so one without a stack of its own will do. */
const LEFT = new Fault('client_gone')

const UNANSWERED = { usage: undefined, estimatedOutputTokens: 0, bytesOut: 0 } as const

/** An answer that may turn out to be a refusal of the usage option. */
type Held = {
  readonly status: number
  readonly raw: readonly (string | Buffer)[]
  readonly chunks: Buffer[]
  sizeBytes: number
}

/**
 * One call on its way through an upstream: the handler undici reports to. It lives from the dispatch to
 * the one ending it reports, and keeps its place in the pool until undici has let go of it.
 */
export class Passing implements Dispatcher.DispatchHandler {
  readonly #upstream: PassingUpstream
  readonly #parts: PassingCall
  #asked: AskedUsage | undefined
  #place = NO_PLACE
  #over = false
  #phase: Phase = 'connecting'
  #controller: Controller | undefined
  #interim = 0
  #held: Held | undefined
  #withoutOption = false
  #answer: Answer | undefined

  constructor(upstream: PassingUpstream, parts: PassingCall) {
    this.#upstream = upstream
    this.#parts = parts
    this.#asked = upstream.usageOption.ask(parts.call)
  }

  /** Sends the request; a place in the pool must be taken for it. */
  send(): void {
    this.#parts.exchange.gone(() => this.#leave())
    if (this.#over) return this.#upstream.pool.release()
    this.#place = this.#upstream.underWay.add(this)
    this.#dispatch()
  }

  /** Ends the call with a fault of our own: before its head as a rejection, after it in the answer. */
  breakOff(fault: Fault): void {
    if (this.#over) return
    this.#fail(fault)
    this.#controller?.abort(LEFT)
  }

  onRequestStart(controller: Controller): void {
    // Thrown here, the connection that was made for this call stays good for another.
    if (this.#over) throw LEFT
    this.#controller = controller
    this.#phase = 'asked'
  }

  onResponseStart(controller: Controller, status: number): void {
    if (this.#over) return
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM) {
        const cause = Object.assign(new Error('flood'), { code: 'TOO_MANY_INTERIM_ANSWERS' })
        throw new Fault('upstream_invalid', { cause })
      }
      return
    }
    // undici's HTTP/1.1 parser hands over a list; anything else would be a head without headers.
    const raw = Array.isArray(controller.rawHeaders) ? controller.rawHeaders : []
    if (this.#asked !== undefined && this.#upstream.usageOption.mayRefuse(status)) {
      this.#held = { status, raw, chunks: [], sizeBytes: 0 }
      return
    }
    if (this.#withoutOption && status < 300) this.#upstream.usageOption.refused()
    this.#open(status, raw)
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#answer !== undefined) {
      if (!this.#over) this.#answer.pass(chunk)
    } else if (this.#held !== undefined) {
      this.#held.chunks.push(chunk)
      this.#held.sizeBytes += chunk.length
      if (this.#held.sizeBytes > MAX_HELD_BYTES) this.#release(this.#held)
    }
  }

  onResponseEnd(): void {
    const reset = this.#upstream.pool.resetting()
    if (!this.#over && reset !== undefined) {
      this.#fail(new Fault('upstream_broken', { cause: reset }))
    } else if (!this.#over) {
      if (this.#held !== undefined && this.#sendAgain(this.#held)) return
      if (this.#held !== undefined) this.#release(this.#held)
      this.#answer?.end()
      this.#finish('complete')
    }
    this.#upstream.pool.release()
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#upstream.pool.release()
    if (!this.#over) this.#fail(error)
  }

  #dispatch(): void {
    const { request } = this.#parts
    this.#upstream.pool.dispatch(
      this.#asked === undefined ? request : { ...request, body: this.#asked.body },
      this,
    )
  }

  #open(status: number, raw: Held['raw']): void {
    const { call, exchange, passage } = this.#parts
    const { dialect, idleMs, tell } = this.#upstream
    const flow = this.#controller ?? { pause: () => {}, resume: () => {} }
    this.#answer = new Answer(
      {
        call,
        exchange,
        passage,
        dialect,
        asked: this.#asked,
        flow,
        idleMs,
        stalled: () => this.#stalled(),
        tell,
      },
      status,
      raw,
    )
    this.#phase = 'answering'
  }

  /** Passes a held answer on after all. */
  #release(held: Held): void {
    this.#held = undefined
    this.#open(held.status, held.raw)
    for (const chunk of held.chunks) this.#answer?.pass(chunk)
  }

  /**
   * Sends the call once more as it came, where the upstream refused nothing but the usage option. The
   * caller has seen nothing of it, and a refused request has done nothing.
   */
  #sendAgain(held: Held): boolean {
    const body = held.chunks.length === 1 ? held.chunks[0] : Buffer.concat(held.chunks)
    if (body === undefined || !this.#upstream.usageOption.isRefusal(body)) return false
    this.#held = undefined
    this.#asked = undefined
    this.#withoutOption = true
    this.#phase = 'connecting'
    this.#controller = undefined
    this.#dispatch()
    return true
  }

  #leave(): void {
    if (this.#over) return
    this.#finish('client_gone')
    this.#controller?.abort(LEFT)
  }

  #stalled(): void {
    this.#leave()
    this.#parts.exchange.cut()
  }

  #fail(error: unknown): void {
    const code = faultCodeOf(error, this.#phase)
    if (code === 'client_gone') return this.#finish('client_gone')
    if (this.#answer === undefined) {
      this.#over = true
      this.#giveUpPlace()
      return this.#parts.reject(error instanceof Fault ? error : new Fault(code, { cause: error }))
    }
    this.#over = true
    try {
      this.#answer.breakOff(code)
    } catch {
      // Nobody to tell: undici would take the process down for what is thrown here.
      this.#parts.exchange.cut()
    }
    this.#finish('broken', { fault: code, cause: causeCodeOf(error) })
  }

  /** Once: a place that was given up belongs to another call. */
  #giveUpPlace(): void {
    if (this.#place === NO_PLACE) return
    this.#upstream.underWay.remove(this.#place)
    this.#place = NO_PLACE
  }

  #finish(kind: Ending['kind'], broken: Breakage = {}): void {
    this.#over = true
    this.#giveUpPlace()
    const { fault, cause } = broken
    this.#parts.resolve(this.#answer?.ending(kind, broken) ?? { kind, fault, cause, ...UNANSWERED })
  }
}
