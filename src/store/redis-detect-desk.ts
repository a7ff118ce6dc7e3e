import { setTimeout as pause } from 'node:timers/promises'
import type { RedisConnection } from './redis-connection.ts'
import type { DetectKeys } from './redis-detect-keys.ts'
import type { DetectLease } from './redis-detect-lease.ts'
import { isWrongType } from './redis-failure.ts'
import { entriesOf } from './redis-gossip-reply.ts'
import type { Sealing } from './redis-seal.ts'

const FIRST_ID = '0-0'
const LIFE_MS = 14 * 86_400_000
const ANSWER_LIFE_MS = 60_000
const LABELS = 1_000
const PAGE = 64
const FIELDS_AT_ONCE = 100
const ASK_AGAIN_MS = 100

/** What an operator said, on its way to the detector. */
export type DeskLabel = { readonly id: string; readonly text: string }

/** The detector's side of the desk: it says what it knows, and hears what operators say. */
export type DetectDesk = {
  /** Puts texts by name in place of those said before; `undefined` takes one away. */
  say(said: ReadonlyMap<string, string | undefined>): Promise<void>
  /** Labels after a position, oldest first, and the position after them. */
  labels(position: string | undefined): Promise<{
    readonly labels: readonly DeskLabel[]
    readonly position: string
  }>
  answer(id: string, text: string): Promise<void>
}

/** The desk as the holder of the lease keeps it. */
export const createDetectDesk = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly lease: DetectLease
  readonly sealing: Sealing
}): DetectDesk => {
  const { connection, keys, lease, sealing } = options
  return {
    say: async (said) => {
      const { client } = connection
      const kind = await connection.within(client.type(keys.said))
      if (kind !== 'hash' && kind !== 'none') await lease.fenced('UNLINK', keys.said, [])
      const entries = [...said]
      for (let from = 0; from < entries.length; from += FIELDS_AT_ONCE) {
        const some = entries.slice(from, from + FIELDS_AT_ONCE)
        const gone = some.flatMap(([name, text]) => (text === undefined ? [name] : []))
        const fields = some.flatMap(([name, text]) =>
          text === undefined ? [] : [name, sealing.seal(`${keys.said} ${name}`, text)],
        )
        if (gone.length > 0) await lease.fenced('HDEL', keys.said, gone)
        if (fields.length > 0) await lease.fenced('HSET', keys.said, fields)
      }
      await lease.fenced('PEXPIRE', keys.said, [String(LIFE_MS)])
    },
    labels: async (position = FIRST_ID) => {
      const { client } = connection
      const reply = await connection
        .within(client.xread('COUNT', PAGE, 'STREAMS', keys.labels, position))
        .catch(async (error: unknown) => {
          if (!isWrongType(error)) throw error
          // Whatever else stands there would keep operators from being heard.
          await lease.fenced('UNLINK', keys.labels, [])
          return null
        })
      const entries = entriesOf(reply)
      const labels = entries.flatMap(({ id, fields }) => {
        const text = sealing.open(keys.labels, fields[1])
        return text === undefined ? [] : [{ id, text }]
      })
      return { labels, position: entries.at(-1)?.id ?? position }
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
      const sealed = sealing.seal(keys.labels, text)
      const id = await connection.within(
        client.xadd(keys.labels, 'MAXLEN', '~', LABELS, '*', 'label', sealed),
      )
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
