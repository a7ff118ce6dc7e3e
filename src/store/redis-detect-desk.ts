import { setTimeout as pause } from 'node:timers/promises'
import type { RedisConnection } from './redis-connection.ts'
import type { DetectKeys } from './redis-detect-keys.ts'
import type { DetectLease } from './redis-detect-lease.ts'
import { isBeyondUse } from './redis-failure.ts'
import { parseLabelEntry, labelEntry } from './redis-label-entry.ts'
import type { Sealing } from './redis-seal.ts'
import { createStreamReading } from './redis-stream-reading.ts'

const LIFE_MS = 14 * 86_400_000
const ANSWER_LIFE_MS = 60_000
const LABELS = 1_000
const PAGE = 64
const FIELDS_AT_ONCE = 100
/** Texts that one request carries, unless one alone is longer: Redis does nothing else meanwhile. */
const CHARS_AT_ONCE = 2 ** 20
const ASK_AGAIN_MS = 100

/** What an operator said, on its way to the detector. */
export type DeskLabel = {
  /** Where it stands in the stream. */
  readonly id: string
  /** Its own, by which it is known where somebody puts it into the stream again. */
  readonly name: string
  /** When it was said, by the clock of the process that was told. */
  readonly saidAtMs: number
  readonly text: string
}

/** The detector's side of the desk: it says what it knows, and hears what operators say. */
export type DetectDesk = {
  /** Puts texts by name in place of those said before; `undefined` takes one away. */
  say(said: ReadonlyMap<string, string | undefined>): Promise<void>
  /** Labels after a position, oldest first, and the position after them; one may be there twice. */
  labels(position: string | undefined): Promise<{
    readonly labels: readonly DeskLabel[]
    readonly position: string
  }>
  answer(id: string, text: string): Promise<void>
}

type Said = readonly [name: string, text: string | undefined]

/** What is said, cut into requests of bounded size. */
export const portionsOf = (said: ReadonlyMap<string, string | undefined>): readonly Said[][] => {
  const portions: Said[][] = []
  let portion: Said[] = []
  let chars = 0
  for (const one of said) {
    const more = one[0].length + (one[1]?.length ?? 0)
    const full = portion.length === FIELDS_AT_ONCE || chars + more > CHARS_AT_ONCE
    if (full && portion.length > 0) {
      portions.push(portion)
      portion = []
      chars = 0
    }
    portion.push(one)
    chars += more
  }
  if (portion.length > 0) portions.push(portion)
  return portions
}

/** The desk as the holder of the lease keeps it. */
export const createDetectDesk = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly lease: DetectLease
  readonly sealing: Sealing
}): DetectDesk => {
  const { connection, keys, lease, sealing } = options
  const read = createStreamReading({
    connection,
    key: keys.labels,
    pageEntries: PAGE,
    open: ({ fields }) => {
      const text = sealing.open(keys.labels, fields[1])
      return text === undefined ? undefined : parseLabelEntry(text)
    },
    // Whatever else stands there would keep operators from being heard.
    onWrongType: () => lease.fenced('UNLINK', keys.labels, []),
  })
  return {
    say: async (said) => {
      const { client } = connection
      const kind = await connection.within(client.type(keys.said))
      if (kind !== 'hash' && kind !== 'none') await lease.fenced('UNLINK', keys.said, [])
      for (const some of portionsOf(said)) {
        const gone = some.flatMap(([name, text]) => (text === undefined ? [name] : []))
        const fields = some.flatMap(([name, text]) =>
          text === undefined ? [] : [name, sealing.seal(`${keys.said} ${name}`, text)],
        )
        if (gone.length > 0) await lease.fenced('HDEL', keys.said, gone)
        if (fields.length > 0) await lease.fenced('HSET', keys.said, fields)
      }
      await lease.fenced('PEXPIRE', keys.said, [String(LIFE_MS)])
    },
    labels: async (position) => {
      const page = await read(position)
      const labels = page.found.map(({ id, value }) => ({ id, ...value }))
      return { labels, position: page.position }
    },
    answer: (id, text) => {
      const key = keys.answer(id)
      return lease.fenced('SET', key, [sealing.seal(key, text), 'PX', String(ANSWER_LIFE_MS)])
    },
  }
}

/** An operator's side of the desk, in any process of the fleet. */
export type DeskReader = {
  /** What the detector said under this name; `undefined` where it said nothing. */
  read(name: string): Promise<string | undefined>
  /** Hands a label over and waits for what it came to; `undefined` where nobody answered in time. */
  label(text: string, withinMs: number): Promise<string | undefined>
}

/** Reads what the detector said, from any process of the fleet. Rejects where Redis does not answer. */
export const createDeskReader = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly sealing: Sealing
}): DeskReader => {
  const { connection, keys, sealing } = options
  const { client } = connection
  return {
    read: async (name) =>
      sealing.open(`${keys.said} ${name}`, await connection.within(client.hget(keys.said, name))),
    label: async (text, withinMs) => {
      const sealed = sealing.seal(keys.labels, labelEntry(text))
      const append = (): Promise<string | null> =>
        connection.within(client.xadd(keys.labels, 'MAXLEN', '~', LABELS, '*', 'label', sealed))
      const id = await append().catch(async (error: unknown) => {
        if (!isBeyondUse(error)) throw error
        await connection.within(client.unlink(keys.labels))
        return append()
      })
      await connection.within(client.pexpire(keys.labels, LIFE_MS))
      if (id === null) return undefined
      const key = keys.answer(id)
      for (const endMs = performance.now() + withinMs; performance.now() < endMs;) {
        const answer = sealing.open(key, await connection.within(client.get(key)))
        if (answer !== undefined) return answer
        await pause(ASK_AGAIN_MS)
      }
      return undefined
    },
  }
}
