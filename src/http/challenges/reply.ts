import type { Exchange } from '../../core/seams.ts'

/** An answer of the guard's own, whole. */
export type Reply = {
  readonly status: number
  /** Names and values by turns, without those that every answer carries. */
  readonly rawHeaders: readonly string[]
  readonly body: Uint8Array
}

/** On every answer: no address of a challenge leaves with a link, nothing is sniffed, nothing is framed. */
const ALWAYS = [
  'x-content-type-options',
  'nosniff',
  'referrer-policy',
  'no-referrer',
  'x-frame-options',
  'DENY',
] as const

/** Statuses that have no body, and then no length of one (RFC 9110 section 8.6). */
const BODILESS: ReadonlySet<number> = new Set([204, 304])

/** Gives an answer; to HEAD without its body. */
export const giveReply = (exchange: Exchange, { status, rawHeaders, body }: Reply): void => {
  const bodiless = BODILESS.has(status)
  const length = bodiless ? [] : ['content-length', String(body.length)]
  exchange.start(status, [...rawHeaders, ...ALWAYS, ...length])
  exchange.end(bodiless || exchange.method === 'HEAD' ? undefined : body)
}

/** Text as the bytes of a body. */
export const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8')
