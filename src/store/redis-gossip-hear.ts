import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { EntryForm, GossipEntry } from './redis-gossip-entry.ts'
import type { GossipLink } from './redis-gossip-link.ts'
import { entriesOf, isBefore, lastIdOf, type StreamEntry } from './redis-gossip-reply.ts'

/** Hears what is said on one stream. */
export interface Hearer {
  stats(): { readonly heard: number; readonly junk: number }
  close(): Promise<void>
}

/** What a hearer needs. */
export type HearerOptions = {
  readonly link: GossipLink
  readonly key: string
  readonly form: EntryForm
  /** Name of this process, which does not hear itself. */
  readonly from: string
  readonly heard: (text: string) => void
  /** How far back it hears what was said before it came, in milliseconds of Redis's own clock. */
  readonly historyMs: number
  /** Bytes of it that are read at most; past them it goes on with what is new. */
  readonly maxHistoryBytes: number
  /** Told of each entry of others. */
  readonly onSized: (bytes: number) => void
  readonly onJunk: () => void
}

const PAGE_ENTRIES = 16
/** Shorter than the silence after which a client may take its connection for dead. */
const BLOCK_MS = 500
const ANSWER_MS = 1_000
const PAUSE_MS = 100
const FIRST_ID = '0-0'
const REMEMBERED_PROCESSES = 4_096
/** Bytes that are taken in one turn of the event loop. */
const TURN_BYTES = 32 * 1024

/**
 * Reads a stream from where it left off, for as long as it lives, on a connection of its own. Of each
 * process the number last heard is remembered, and what is not above it was heard before: an entry that
 * was sent again, or a stream that is read again, counts once. Anything that is no entry of this
 * installation is skipped and counted. A stream that was replaced by a younger one is read from its start.
 */
export const createHearer = (options: HearerOptions): Hearer => {
  const { link, key, form } = options
  const lastHeard = new Map<string, number>()
  /** Where its history begins, and where it is. */
  let start = FIRST_ID
  let cursor: string | undefined
  /** Bytes of what was said before, until that is worked off. */
  let history: number | undefined = 0
  let heard = 0
  let junk = 0
  let closed = false

  const isNews = ({ from, n }: GossipEntry): boolean => {
    const before = lastHeard.get(from)
    if (before !== undefined && n <= before) return false
    lastHeard.delete(from)
    lastHeard.set(from, n)
    if (lastHeard.size > REMEMBERED_PROCESSES) {
      for (const eldest of lastHeard.keys()) {
        lastHeard.delete(eldest)
        break
      }
    }
    return true
  }
  const isJunk = (): void => {
    junk++
    options.onJunk()
  }
  const take = ({ fields, bytes }: StreamEntry): void => {
    if (fields[1] === options.from) return
    options.onSized(bytes)
    const entry = form.parse(fields)
    if (entry === undefined) return isJunk()
    if (!isNews(entry)) return
    for (const text of entry.texts) {
      heard++
      try {
        options.heard(text)
      } catch {
        isJunk()
      }
    }
  }
  const lastId = async (): Promise<string | undefined> =>
    lastIdOf(await link.within(link.client.xrevrange(key, '+', '-', 'COUNT', 1), ANSWER_MS))

  const since = async (): Promise<string> => {
    const [seconds, micros] = await link.within(link.client.time(), ANSWER_MS)
    const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    return `${Math.max(0, nowMs - options.historyMs)}-0`
  }
  const skipHistory = async (): Promise<void> => {
    cursor = (await lastId()) ?? cursor
    history = undefined
  }
  const read = async (): Promise<void> => {
    if (cursor === undefined) start = cursor = await since()
    const request = link.client.xread(
      'COUNT',
      PAGE_ENTRIES,
      'BLOCK',
      BLOCK_MS,
      'STREAMS',
      key,
      cursor,
    )
    const entries = entriesOf(await link.within(request, BLOCK_MS + ANSWER_MS))
    let turnBytes = 0
    for (const entry of entries) {
      if (closed) return
      take(entry)
      cursor = entry.id
      if (history !== undefined) history += entry.bytes
      turnBytes += entry.bytes
      if (turnBytes < TURN_BYTES) continue
      turnBytes = 0
      await nextTurn()
    }
    if (entries.length < PAGE_ENTRIES) history = undefined
    if (history !== undefined && history > options.maxHistoryBytes) await skipHistory()
    if (entries.length > 0) return
    const last = await lastId()
    if (last !== undefined && isBefore(last, cursor)) {
      cursor = isBefore(last, start) ? FIRST_ID : start
    }
  }
  const readOrWait = async (): Promise<void> => {
    try {
      if (link.ready()) return await read()
    } catch {
      // Whatever went wrong, the next attempt starts where the last one got to.
    }
    await pause(PAUSE_MS, undefined, { ref: false })
  }
  const listen = async (): Promise<void> => {
    for (;;) {
      await readOrWait()
      if (closed) return
    }
  }
  const listening = listen()

  return {
    stats: () => ({ heard, junk }),
    close: async () => {
      closed = true
      link.close()
      await listening
    },
  }
}
