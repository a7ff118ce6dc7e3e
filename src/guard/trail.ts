import { causeCodeOf } from '../core/cause-code.ts'
import type { Call, Usage } from '../core/call.ts'
import type { Decision, Lease, LimitState, Ruling } from '../core/decision.ts'
import type { Arrival, Outcome, Verb } from '../core/event.ts'
import type { Facts } from '../core/facts.ts'
import { FAULTS, type Fault, type FaultCode } from '../core/fault.ts'
import type { Reshaped } from '../core/reshape.ts'
import type { Clock, Ending, Limiter, Passage, Sink } from '../core/seams.ts'
import type { ReshapedCall } from './reshape-call.ts'
import {
  NOTHING_USED,
  outlivesAnswer,
  priceOf,
  settlementOf,
  type ModelTerms,
  type Settlement,
} from './settlement.ts'

const NO_LIMITS: readonly LimitState[] = []

/** Where a trail ends. */
export type TrailEnds = {
  readonly clock: Clock
  readonly limiter: Limiter
  readonly sink: Sink
  readonly modelTerms: (model: string) => ModelTerms
  /** Milliseconds that verbs are timed by; those of the process unless told. */
  readonly stopwatch?: (() => number) | undefined
}

const processMs = (): number => performance.now()

/**
 * All that is known of one call while it goes through the verbs, and the one place where what was taken
 * is given back: {@link end} settles the lease and emits the event exactly once, whichever way the call
 * ended. The first ending wins.
 */
export class Trail implements Passage {
  readonly arrival: Arrival
  readonly rawHeaders: readonly string[]
  readonly #ends: TrailEnds
  readonly #nowMs: () => number
  readonly #startedMs: number
  readonly #verbMs: { [V in Verb]?: number } = {}
  #verbStartedMs: number
  #firstByteMs: number | undefined
  #call: Call | undefined
  #facts: Facts | undefined
  #ruling: Ruling | undefined
  #reshaped: Reshaped | undefined
  #upstream: string | undefined
  #upstreamStatus: number | undefined
  #ending: Ending | undefined
  #fault: FaultCode | undefined
  #faultCause: string | undefined
  #status = 0
  #bytesOut = 0
  #ended = false

  constructor(arrival: Arrival, ends: TrailEnds) {
    this.arrival = arrival
    this.rawHeaders = ['x-stillwatch-decision', arrival.id]
    this.#ends = ends
    this.#nowMs = ends.stopwatch ?? processMs
    this.#startedMs = this.#nowMs()
    this.#verbStartedMs = this.#startedMs
  }

  read(call: Call): Call {
    this.#timed('read')
    return (this.#call = call)
  }

  enriched(facts: Facts): Facts {
    this.#timed('enrich')
    return (this.#facts = facts)
  }

  decided(decision: Decision): Decision {
    this.#timed('decide')
    // Until the counters have been asked, the decision alone is the ruling.
    this.#ruling = { verdict: decision.verdict, decision, admission: undefined, shed: undefined }
    return decision
  }

  /** The call that goes on; the record keeps what the caller sent. */
  reshaped({ call, reshaped }: ReshapedCall): Call {
    this.#reshaped = reshaped
    return call
  }

  ruled(ruling: Ruling): Ruling {
    this.#timed('admit')
    return (this.#ruling = ruling)
  }

  get limits(): readonly LimitState[] {
    return this.#ruling?.admission?.states ?? NO_LIMITS
  }

  /** They were asked as of the arrival. */
  get limitsAgeMs(): number {
    return this.#nowMs() - this.#startedMs
  }

  chosen(upstream: string): void {
    this.#upstream = upstream
  }

  answered(status: number): void {
    this.#upstreamStatus = status
    this.#status = status
  }

  firstByte(): void {
    this.#firstByteMs ??= this.#nowMs() - this.#startedMs
  }

  forwarded(ending: Ending): void {
    this.#timed('forward')
    this.#ending = ending
    this.#fault = ending.fault
    this.#faultCause = ending.cause
    this.#bytesOut = ending.bytesOut
  }

  /** The guard itself answered, with this status. */
  refused({ status, bytesOut }: { readonly status: number; readonly bytesOut: number }): void {
    this.#status = status
    this.#bytesOut = bytesOut
  }

  failed(fault: Fault): void {
    this.#fault = fault.code
    // What a client did wrong has no cause but the client.
    if (fault.source !== 'client') this.#faultCause = causeCodeOf(fault.cause)
  }

  /** Settles and emits; later calls do nothing. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    const { clock, limiter, sink } = this.#ends
    const lease = this.#lease()
    const settlement = lease === undefined ? undefined : this.#settlement(lease)
    if (lease !== undefined) limiter.settle(lease, settlement?.cost, clock.now())
    sink.accept({
      arrival: this.arrival,
      call: this.#call,
      facts: this.#facts,
      ruling: this.#ruling,
      reshaped: this.#reshaped,
      outcome: this.#outcome(),
      fault: this.#fault,
      faultCause: this.#faultCause,
      status: this.#status,
      upstreamStatus: this.#upstreamStatus,
      upstream: this.#upstream,
      usage: this.#usage(),
      settled: settlement?.cost,
      settledFrom: settlement?.from,
      bytesOut: this.#bytesOut,
      totalMs: this.#nowMs() - this.#startedMs,
      firstByteMs: this.#firstByteMs,
      verbMs: this.#verbMs,
    })
  }

  #timed(verb: Verb): void {
    const nowMs = this.#nowMs()
    // A caller that has just passed a challenge is looked at twice.
    this.#verbMs[verb] = (this.#verbMs[verb] ?? 0) + nowMs - this.#verbStartedMs
    this.#verbStartedMs = nowMs
  }

  #lease(): Lease | undefined {
    const admission = this.#ruling?.admission
    return admission?.admitted === true ? admission.lease : undefined
  }

  #settlement(lease: Lease): Settlement {
    const call = this.#call
    if (this.#ending === undefined || call === undefined) return NOTHING_USED
    const price = priceOf(call, this.#ends.modelTerms)
    return settlementOf(this.#ending, this.#upstreamStatus, lease.cost, outlivesAnswer(call), price)
  }

  #usage(): Usage | undefined {
    return this.#ending?.usage
  }

  #outcome(): Outcome {
    if (this.#ending?.kind === 'client_gone' || this.#fault === 'client_gone') return 'client_gone'
    if (this.#ending?.kind === 'complete') return 'served'
    if (this.#fault === undefined || FAULTS[this.#fault].source === 'client') return 'refused'
    return 'faulted'
  }
}
