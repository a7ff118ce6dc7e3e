import type { CallEvent } from '../core/event.ts'
import type { Sink } from '../core/seams.ts'
import type { Channel } from './channel.ts'

const LOGGED = 'decision'
const INDEXED = 'decision.indexed'

/** Where the primary puts what workers recorded. */
export type DecisionLines = {
  /** Takes the line of one record, without its line feed. */
  keep(line: string, options: { readonly indexed: boolean }): void
}

/**
 * The sink of a worker that makes records, which is the dear part, and leaves keeping them to the primary.
 * They leave at the end of the turn of the event loop, so that a killed worker takes no others with it.
 */
export const createDecisionLines = (options: {
  readonly channel: Channel
  readonly record: (event: CallEvent) => string
  readonly selection: (event: CallEvent) => boolean
  readonly onDrop: (count: number) => void
}): Sink => {
  const { channel, record, selection, onDrop } = options
  return {
    name: 'decisions',
    accept(event) {
      if (!channel.tell(selection(event) ? INDEXED : LOGGED, record(event))) onDrop(1)
    },
    close: () => channel.flush(),
  }
}

const MAX_LINE_CHARS = 4 * 1024 * 1024

/** A line is one record: what could end it early, or is no text, was not written by a worker. */
const lineOf = (body: unknown): string => {
  if (typeof body !== 'string' || body.length > MAX_LINE_CHARS) throw new TypeError('no line')
  if (!body.startsWith('{') || body.includes('\n')) throw new TypeError('no record')
  return body
}

/** Keeps what a worker records. */
export const keepDecisionLines = (channel: Channel, lines: DecisionLines): void => {
  channel.hear(LOGGED, (body) => lines.keep(lineOf(body), { indexed: false }))
  channel.hear(INDEXED, (body) => lines.keep(lineOf(body), { indexed: true }))
}
