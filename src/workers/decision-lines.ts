import type { CallEvent } from '../core/event.ts'
import type { Sink } from '../core/seams.ts'
import type { Channel } from './channel.ts'

const TOPIC = 'decisions'

/** Where the primary puts what workers recorded. */
export type DecisionLines = {
  /** Takes the line of one record, without its line feed. */
  keep(line: string, options: { readonly indexed: boolean }): void
}

/** What stands in front of each line: whether the index takes it. */
const INDEXED = '+'
const LOGGED = '-'

/** Enough for a message to cost little beside what it carries; others do not wait long behind it. */
const BATCH_CHARS = 48 * 1024
/** How long a record waits for others at most; a killed worker takes so much of them with it. */
const BATCH_MS = 20

/**
 * The sink of a worker that makes records, which is the dear part, and leaves keeping them to the primary.
 * They leave together, at the latest 20 ms after they were made.
 */
export const createDecisionLines = (options: {
  readonly channel: Channel
  readonly record: (event: CallEvent) => string
  readonly selection: (event: CallEvent) => boolean
  readonly onDrop: (count: number) => void
}): Sink => {
  const { channel, record, selection, onDrop } = options
  let waiting = ''
  let lines = 0
  let timer: NodeJS.Timeout | undefined

  const tell = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (lines > 0 && !channel.tell(TOPIC, waiting)) onDrop(lines)
    waiting = ''
    lines = 0
  }

  return {
    name: 'decisions',
    accept(event) {
      waiting += `${lines > 0 ? '\n' : ''}${selection(event) ? INDEXED : LOGGED}${record(event)}`
      lines++
      if (waiting.length >= BATCH_CHARS) tell()
      else timer ??= setTimeout(tell, BATCH_MS)
    },
    close: () => {
      tell()
      return channel.flush()
    },
  }
}

const MAX_LINE_CHARS = 4 * 1024 * 1024

/** Whether the index takes the record of a line; throws for what is no record. */
const isIndexed = (line: string): boolean => {
  if (line.length > MAX_LINE_CHARS) throw new TypeError('too much for a record')
  if (line.startsWith(`${INDEXED}{`)) return true
  if (line.startsWith(`${LOGGED}{`)) return false
  throw new TypeError('no record')
}

/** Keeps what a worker records. */
export const keepDecisionLines = (channel: Channel, lines: DecisionLines): void => {
  channel.hear(TOPIC, (body) => {
    if (typeof body !== 'string') throw new TypeError('no lines')
    for (const line of body.split('\n')) {
      const indexed = isIndexed(line)
      lines.keep(line.slice(1), { indexed })
    }
  })
}
