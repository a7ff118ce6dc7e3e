import type { Readable } from 'node:stream'
import type { Ask, Call, DialectName, Route, Usage } from './call.ts'
import type { Offer } from './challenge.ts'
import type { Admission, Cost, Counted, Demand, Lease, LimitState } from './decision.ts'
import type { CallEvent } from './event.ts'
import type { FactName, Facts, Findings } from './facts.ts'
import type { FaultCode, RefusalCode } from './fault.ts'
import type { Reshape, Reshaped } from './reshape.ts'
import type { Prompt } from './traits.ts'

/** The only source of time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
}

/**
 * One request and its answer, as the guard sees the wire. The HTTP listener implements it over Node's
 * streams; a replay implements it over a recorded call.
 */
export interface Exchange {
  readonly method: string
  /** Request target exactly as sent, query included. */
  readonly target: string
  /** Header names and values by turns, in wire order. */
  readonly rawHeaders: readonly string[]
  /** Address of the socket's peer. */
  readonly peerAddress: string
  /** The unread body, for uploads that are streamed through. */
  readonly body: Readable
  /**
   * Reads the whole body. Rejects with fault `body_too_large` past `maxBytes` (nothing more is read
   * then), with `client_gone` where the caller left, with `request_timeout` where it stalled.
   */
  readBody(maxBytes: number): Promise<Uint8Array>
  /** Whether the answer's head has gone out. */
  readonly started: boolean
  /** Sends the head; at most once. */
  start(status: number, rawHeaders: readonly string[]): void
  /** Sends body bytes; false asks to wait for {@link drained}. */
  write(chunk: Uint8Array): boolean
  /** Calls back once the caller takes bytes again. */
  drained(resume: () => void): void
  /** Ends the answer properly. */
  end(chunk?: Uint8Array): void
  /** Cuts the connection: the caller must not take what it got for a whole answer. */
  cut(): void
  /** Calls back once if the caller leaves before the answer ended. */
  gone(left: () => void): void
}

/**
 * A source of facts. `read` returns what it found, at once or later; a promise that is not settled
 * within `budgetMs` or rejects becomes unknown facts (`late`, `failed`) by the hand of `gather`, never
 * by the source's own. A fact in `provides` that is not in the findings is unknown (`absent`).
 */
export interface SignalSource {
  readonly name: string
  readonly provides: readonly FactName[]
  readonly budgetMs: number
  /** 0 reads the call alone; 1 is asked after all of wave 0 and may read `facts`. */
  readonly wave: 0 | 1
  /** Whether what it knows replaces what other sources know; what it does not know changes nothing. */
  readonly corrects?: boolean
  read(call: Call, facts: Facts): Findings | Promise<Findings>
}

/** Counts and refuses. Being over a limit is a value; only a broken limiter throws. */
export interface Limiter {
  /** Takes every enforced demand or none. Shadow demands are counted and never refuse. */
  admit(demands: readonly Demand[], cost: Cost, atMs: number): Admission | Promise<Admission>
  /**
   * Replaces the reservation by what was really used and gives concurrency back. Called once a lease;
   * `undefined` keeps the reservation.
   */
  settle(lease: Lease, actual: Cost | undefined, atMs: number): void
  /** Reads counters without touching them, for operators. */
  peek(
    demands: readonly Demand[],
    atMs: number,
  ): readonly LimitState[] | Promise<readonly LimitState[]>
  /**
   * Takes back what was used of counters, for operators, and reads them then. Running calls stay counted, as
   * does a counter that several keys share for want of room. Rejects where shared counters cannot be asked.
   */
  forget(
    demands: readonly Demand[],
    atMs: number,
  ): readonly LimitState[] | Promise<readonly LimitState[]>
  close(): Promise<void>
}

/** Reads usage out of an answer; correct for any cut of the bytes. Never throws on hostile bytes. */
export interface UsageReader {
  push(chunk: Uint8Array): void
  /** What the upstream reported so far; `undefined` if it reported nothing. */
  total(): Usage | undefined
  /** Output tokens estimated from the bytes that passed, for an answer that broke off. */
  estimatedOutputTokens(): number
}

/** An answer the guard itself gives. */
export type Refusal = {
  readonly status: number
  readonly code: FaultCode | RefusalCode
  readonly message: string
  /** Decision id; callers quote it. */
  readonly id: string
  /** Milliseconds to wait, where waiting helps. */
  readonly retryAfterMs?: number | undefined
  /** What the refusing limit counts. */
  readonly counted?: Counted
  /** What the caller has to pass before it tries again. */
  readonly challenge?: Offer
  /** The limits of the call, for the headers that tell a caller how much is left. */
  readonly limits?: readonly LimitState[]
  /** When the limits were asked; without it no reset can be told as a time of day. */
  readonly atMs?: number
  /** Milliseconds that have passed since then; 0 where absent. */
  readonly limitsAgeMs?: number
}

/** One kind of limit in the headers of a dialect. */
export type LimitGroup = {
  /** Names of limit, remaining and reset: lower case, each with `ratelimit` in it. */
  readonly names: readonly [limit: string, remaining: string, reset: string]
  readonly values: readonly [limit: string, remaining: string, reset: string]
  readonly remaining: number
  /** Milliseconds from now until the reset. */
  readonly resetMs: number
}

/** What a caller is told of its own limits. */
export type LimitHeaders = {
  /** `ratelimit-policy` and `ratelimit`, names and values by turns; empty where none counts calls. */
  readonly fields: readonly string[]
  /** In the dialect's own names; of each group the tighter of ours and the upstream's is told. */
  readonly groups: readonly LimitGroup[]
}

/** Finds the part of a stream that the caller did not ask for and leaves the rest byte for byte. */
export interface StreamFilter {
  /** Bytes to send for the bytes that came; empty while an event is still incomplete. */
  push(chunk: Uint8Array): Uint8Array
  /** What is still held back when the upstream ended. */
  flush(): Uint8Array
}

/** One family of model APIs on the wire. Pure: no clock, no network, no log. */
export interface Dialect {
  readonly name: DialectName
  /** Header the caller's SDK reads its request id from, lower case. */
  readonly requestIdHeader: string
  /** Where an upstream of this dialect expects the credential. */
  credentialHeader(secret: string): readonly [name: string, value: string]
  /** The route of a canonical path, `undefined` for one not in the catalogue. */
  route(method: string, path: string): Route | 'method_not_allowed' | undefined
  /**
   * What a body asks for. `json` is `undefined` where the route has no parsed body. Throws fault
   * `invalid_body` on a field of the wrong type that policy or metering reads.
   */
  ask(route: Route, json: unknown, bodyBytes: number): Ask
  /**
   * The prompt of a body, for traits. `undefined` where the route carries none. Never throws: what is not
   * of the dialect's shape is left out.
   */
  prompt(route: Route, json: unknown): Prompt | undefined
  usageReader(route: Route, contentType: string | undefined): UsageReader
  /**
   * What a caller is told of the limits that are its own. They were asked at `atMs`, which is `ageMs`
   * ago. `undefined` where there is none.
   */
  limitHeaders(limits: readonly LimitState[], atMs: number, ageMs: number): LimitHeaders | undefined
  /** Milliseconds from `nowMs` until the reset that an upstream's header tells; `undefined` for nonsense. */
  resetMs(text: string, nowMs: number): number | undefined
  /** Status, headers and body of a refusal, in the shape the caller's SDK raises its typed error for. */
  refuse(refusal: Refusal): {
    readonly status: number
    readonly rawHeaders: readonly string[]
    readonly body: Uint8Array
  }
  /** Bytes that make a running answer fail visibly in the caller's SDK; empty where only a cut does. */
  breakStream(refusal: Refusal, contentType: string | undefined): Uint8Array
  /**
   * The body with fields of the request narrowed, every other byte as it was, and what it asks for then;
   * `undefined` where the route makes no text. What a route or model has no field for is told as
   * unsupported. `body` is `undefined` for an upload, which is not read.
   */
  reshape(
    route: Route,
    ask: Ask,
    body: Uint8Array | undefined,
    reshape: Reshape,
  ): (Reshaped & { readonly body: Uint8Array | undefined; readonly ask: Ask }) | undefined
  /**
   * The body with usage asked for in the stream and the filter that hides the extra chunk again, or
   * `undefined` where the route needs or allows no such thing.
   */
  askForUsage(
    route: Route,
    ask: Ask,
    body: Uint8Array,
  ): { readonly body: Uint8Array; filter(): StreamFilter } | undefined
}

/** What the guard wants to know while an answer passes. */
export interface Passage {
  /** The upstream was chosen. */
  chosen(upstream: string): void
  /** The upstream's status, before anything is sent to the caller. */
  answered(status: number): void
  /** The first body byte went to the caller. */
  firstByte(): void
  /** Headers the guard adds to the answer, names and values by turns. */
  readonly rawHeaders: readonly string[]
  /** The limits of the call as it met them; empty where none applies. */
  readonly limits: readonly LimitState[]
  /** Milliseconds since the limits were asked; 0 where absent. */
  readonly limitsAgeMs?: number
}

/** How a forwarded call ended. Whichever it was, it is reported once. */
export type Ending = {
  readonly kind: 'complete' | 'client_gone' | 'broken'
  /** Set for `broken`. */
  readonly fault: FaultCode | undefined
  /** Machine word for why it broke, such as `ECONNRESET`; for the record, never for the caller. */
  readonly cause?: string | undefined
  readonly usage: Usage | undefined
  /** Output tokens estimated from the bytes that passed. */
  readonly estimatedOutputTokens: number
  readonly bytesOut: number
}

/**
 * Sends a call once and passes the answer through untouched. Rejects with a fault of source upstream
 * (or `unknown_model`) only while nothing has gone to the caller; afterwards it ends the answer in the
 * dialect's own way and resolves.
 */
export interface Upstream {
  forward(call: Call, exchange: Exchange, passage: Passage): Promise<Ending>
  /**
   * Takes no more calls (they reject with fault `draining`) and closes once those under way are done.
   * `cut` ends them at once: a call without a head rejects with `draining`, a running answer is broken
   * off with it. May be called again, to cut what the first call waits for.
   */
  close(options?: { readonly cut: boolean }): Promise<void>
}

/** Takes events. Never blocks, never throws; what does not fit is dropped and counted. */
export interface Sink {
  readonly name: string
  accept(event: CallEvent): void
  /** Resolves once everything taken is where it belongs. */
  close(): Promise<void>
}
