import type { Call } from '../core/call.ts'
import { Fault, FAULTS, type FaultCode } from '../core/fault.ts'
import type { Dialect, Ending, Exchange, Passage, StreamFilter } from '../core/seams.ts'
import { LimitMerge } from './limit-merge.ts'
import { createMeter, NO_METER, SIZE_METER, type Meter } from './meter.ts'
import { responseHead, type ResponseHead } from './response-head.ts'
import type { UpstreamProblem } from './upstream-options.ts'
import type { AskedUsage } from './usage-option.ts'

/** The source of an answer's bytes, as far as back-pressure needs it. */
type Flow = { pause(): void; resume(): void }

/** What an answer is passed on with. */
type AnswerParts = {
  readonly call: Call
  readonly exchange: Exchange
  readonly passage: Passage
  readonly dialect: Dialect
  readonly asked: AskedUsage | undefined
  readonly flow: Flow
  /** How long the caller may leave bytes unread. */
  readonly idleMs: number
  /** Called where it left them longer. */
  readonly stalled: () => void
  readonly tell: (what: UpstreamProblem['what'], cause?: unknown) => void
}

/** Why an answer broke off; nothing where it did not. */
export type Breakage = Partial<Pick<Ending, 'fault' | 'cause'>>

const EVENT_STREAM = 'text/event-stream'

const filterFor = (parts: AnswerParts, status: number, head: ResponseHead) =>
  parts.asked !== undefined &&
  status < 300 &&
  !head.encoded &&
  head.contentType?.toLowerCase().startsWith(EVENT_STREAM) === true
    ? parts.asked.filter()
    : undefined

const meterFor = ({ call: { route }, dialect, tell }: AnswerParts, head: ResponseHead): Meter => {
  if (route.metering === 'request') return NO_METER
  if (head.encoded) return SIZE_METER
  return createMeter(dialect.usageReader(route, head.contentType), (cause) =>
    tell('usage_reader_failed', cause),
  )
}

/** What the caller is told of its own limits, still to be merged with what the upstream says. */
const limitsFor = ({ call, passage, dialect }: AnswerParts): LimitMerge | undefined => {
  const { limits, limitsAgeMs = 0 } = passage
  const told = dialect.limitHeaders(limits, call.atMs, limitsAgeMs)
  if (told === undefined) return undefined
  return new LimitMerge(told, (text) => dialect.resetMs(text, call.atMs + limitsAgeMs))
}

/**
 * An answer on its way to the caller, from its head on. Bytes go out as they came and before they are
 * metered; while the caller takes none, the upstream is told to wait.
 */
export class Answer {
  readonly #parts: AnswerParts
  readonly #head: ResponseHead
  readonly #meter: Meter
  readonly #filter: StreamFilter | undefined
  #bytesOut = 0
  #waiting = false
  #stall: NodeJS.Timeout | undefined

  /** Sends the head. Throws fault `upstream_invalid` where it cannot be passed on; nothing is sent then. */
  constructor(parts: AnswerParts, status: number, raw: readonly (string | Buffer)[]) {
    const { exchange, passage } = parts
    const head = responseHead(raw, status, passage.rawHeaders, limitsFor(parts))
    this.#parts = parts
    this.#head = head
    this.#filter = filterFor(parts, status, head)
    this.#meter = meterFor(parts, head)
    // The filter changes the length; the caller is sent chunks instead.
    if (this.#filter !== undefined && head.lengthAt !== -1) head.rawHeaders.splice(head.lengthAt, 2)
    passage.answered(status)
    try {
      exchange.start(status, head.rawHeaders)
    } catch (cause) {
      throw new Fault('upstream_invalid', { cause })
    }
  }

  /** Passes a piece of the body on. */
  pass(chunk: Uint8Array): void {
    const out = this.#filter === undefined ? chunk : this.#filtered(this.#filter, chunk)
    if (out.length > 0) this.#write(out)
    this.#meter.push(chunk)
  }

  /** Ends the answer properly. */
  end(): void {
    const rest = this.#filter?.flush()
    if (rest !== undefined && rest.length > 0) this.#write(rest)
    this.#parts.exchange.end()
  }

  /**
   * Ends the answer so that nobody takes it for a whole one: an error in the dialect's own words where
   * the format has room for one, and a cut connection in every case.
   */
  breakOff(code: FaultCode): void {
    const { call, dialect, exchange } = this.#parts
    const { contentType, encoded, lengthAt } = this.#head
    const { status, text } = FAULTS[code]
    if (encoded || lengthAt !== -1) return exchange.cut()
    const said = dialect.breakStream({ status, code, message: text, id: call.id }, contentType)
    if (said.length === 0) return exchange.cut()
    exchange.write(said)
    // Node hands written bytes to the socket at the end of the tick; a cut before would drop them.
    setImmediate(() => exchange.cut())
  }

  /** How it went, for the record; also stops what was still waiting. */
  ending(kind: Ending['kind'], { fault, cause }: Breakage): Ending {
    clearTimeout(this.#stall)
    return {
      kind,
      fault,
      cause,
      usage: this.#meter.usage(),
      estimatedOutputTokens: this.#meter.estimatedOutputTokens(this.#bytesOut),
      bytesOut: this.#bytesOut,
    }
  }

  #filtered(filter: StreamFilter, chunk: Uint8Array): Uint8Array {
    try {
      return filter.push(chunk)
    } catch (cause) {
      // What it held back is lost, so the answer is no longer whole.
      this.#parts.tell('stream_filter_failed', cause)
      throw new Fault('internal', { cause })
    }
  }

  #write(bytes: Uint8Array): void {
    const { exchange, passage } = this.#parts
    const more = exchange.write(bytes)
    if (this.#bytesOut === 0) passage.firstByte()
    this.#bytesOut += bytes.length
    if (!more && !this.#waiting) this.#wait()
  }

  #wait(): void {
    const { exchange, flow, idleMs, stalled } = this.#parts
    this.#waiting = true
    flow.pause()
    if (this.#stall === undefined) {
      this.#stall = setTimeout(() => {
        if (this.#waiting) stalled()
      }, idleMs)
    } else {
      this.#stall.refresh()
    }
    exchange.drained(() => {
      this.#waiting = false
      flow.resume()
    })
  }
}
