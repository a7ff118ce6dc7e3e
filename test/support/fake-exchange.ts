import { Readable } from 'node:stream'
import { Fault } from '../../src/core/fault.ts'
import type { Exchange } from '../../src/core/seams.ts'

/** What a test may say about a request; the rest is an ordinary chat completion. */
export type FakeRequest = {
  readonly method?: string
  readonly target?: string
  /** Names and values by turns, or pairs; replaces the ordinary headers. */
  readonly rawHeaders?: readonly string[]
  /** Added after the ordinary headers, or after `rawHeaders`. */
  readonly extraHeaders?: readonly string[]
  readonly peerAddress?: string
  readonly body?: string | Uint8Array
}

/** An exchange in memory that remembers what was read from it and what was answered. */
export type FakeExchange = Exchange & {
  readonly answer: {
    status: number | undefined
    rawHeaders: readonly string[]
    readonly chunks: Uint8Array[]
    ended: boolean
    cut: boolean
  }
  /** How often the body was asked for. */
  bodyReads: number
  /** Plays a caller that leaves. */
  leave(): void
}

/** Headers an SDK sends, fit for the body. */
export const ordinaryHeaders = (bodyBytes: number): string[] => [
  'host',
  'guard.test',
  'connection',
  'keep-alive',
  'user-agent',
  'OpenAI/JS 7.55.0',
  'authorization',
  'Bearer sk-test',
  'content-type',
  'application/json',
  'content-length',
  String(bodyBytes),
]

/** Builds a {@link FakeExchange}; nothing touches a socket. */
export const fakeExchange = (request: FakeRequest = {}): FakeExchange => {
  const method = request.method ?? 'POST'
  const bytes = Buffer.from(
    request.body ?? (method === 'POST' ? '{"model":"m-1","messages":[]}' : ''),
  )
  const leavers: (() => void)[] = []
  const answer: FakeExchange['answer'] = {
    status: undefined,
    rawHeaders: [],
    chunks: [],
    ended: false,
    cut: false,
  }
  const exchange: FakeExchange = {
    method,
    target: request.target ?? '/v1/chat/completions',
    rawHeaders: [
      ...(request.rawHeaders ?? ordinaryHeaders(bytes.length)),
      ...(request.extraHeaders ?? []),
    ],
    peerAddress: request.peerAddress ?? '203.0.113.7',
    body: Readable.from([bytes]),
    answer,
    bodyReads: 0,
    readBody(maxBytes) {
      exchange.bodyReads++
      return bytes.length > maxBytes
        ? Promise.reject(new Fault('body_too_large'))
        : Promise.resolve(bytes)
    },
    get started() {
      return answer.status !== undefined
    },
    start(status, rawHeaders) {
      answer.status = status
      answer.rawHeaders = rawHeaders
    },
    write(chunk) {
      answer.chunks.push(chunk)
      return true
    },
    drained: (resume) => resume(),
    end(chunk) {
      if (chunk !== undefined) answer.chunks.push(chunk)
      answer.ended = true
    },
    cut() {
      answer.cut = true
    },
    gone: (left) => leavers.push(left),
    leave() {
      for (const left of leavers) left()
    },
  }
  return exchange
}
