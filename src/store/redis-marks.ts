import { type RedisConnection } from './redis-connection.ts'
import { MARK_SHARDS, partOf, type DetectKeys } from './redis-detect-keys.ts'
import type { DetectLease } from './redis-detect-lease.ts'
import type { Sealing } from './redis-seal.ts'

/** A mark on its way: whom it is about, its text, and when it runs out. */
export type MarkEntry = { readonly entity: string; readonly text: string }

const LIFE_MS = 30 * 86_400_000
const BATCH = 200
const PAGE = 500
const MAX_LOADED = 500_000
const MAX_TEXT_CHARS = 2_048

const shardOf = (entity: string): number => partOf(entity, MARK_SHARDS)

/** Puts marks where every process of the fleet finds them. */
export type MarksWriter = {
  write(marks: readonly MarkEntry[]): Promise<void>
  /** Removes those of which `isOver` says so, and what is no mark. */
  sweep(isOver: (text: string) => boolean): Promise<void>
}

/** The fields of a hash, page by page. Rejects with what a request rejects with. */
async function* fieldsOf(
  connection: RedisConnection,
  key: string,
): AsyncGenerator<readonly [field: string, value: string]> {
  let cursor = '0'
  do {
    const [next, list] = await connection.within(
      connection.client.hscan(key, cursor, 'COUNT', PAGE),
    )
    cursor = next
    for (let at = 0; at + 1 < list.length; at += 2) yield [list[at] ?? '', list[at + 1] ?? '']
  } while (cursor !== '0')
}

/** Writes marks as the holder of the lease. Nothing here expires before 30 days without a detector. */
export const createMarksWriter = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly lease: DetectLease
  readonly sealing: Sealing
}): MarksWriter => {
  const { connection, keys, lease, sealing } = options

  const writeShard = async (shard: number, marks: readonly MarkEntry[]): Promise<void> => {
    const key = keys.marks(shard)
    const { client } = connection
    const kind = await connection.within(client.type(key))
    // Whatever else stands there keeps marks from those who need them.
    if (kind !== 'hash' && kind !== 'none') await lease.fenced('UNLINK', key, [])
    for (let from = 0; from < marks.length; from += BATCH) {
      const fields = marks
        .slice(from, from + BATCH)
        .flatMap(({ entity, text }) => [entity, sealing.seal(`${key} ${entity}`, text)])
      await lease.fenced('HSET', key, fields)
    }
    await lease.fenced('PEXPIRE', key, [String(LIFE_MS)])
  }

  return {
    write: async (marks) => {
      const shards: MarkEntry[][] = Array.from({ length: MARK_SHARDS }, () => [])
      for (const mark of marks) shards[shardOf(mark.entity)]?.push(mark)
      for (const [shard, some] of shards.entries()) {
        if (some.length > 0) await writeShard(shard, some)
      }
    },
    sweep: async (isOver) => {
      for (let shard = 0; shard < MARK_SHARDS; shard++) {
        const key = keys.marks(shard)
        const over: string[] = []
        for await (const [entity, sealed] of fieldsOf(connection, key)) {
          const text = sealing.open(`${key} ${entity}`, sealed)
          if (text === undefined || isOver(text)) over.push(entity)
        }
        for (let from = 0; from < over.length; from += BATCH) {
          await lease.fenced('HDEL', key, over.slice(from, from + BATCH))
        }
      }
    },
  }
}

/** What looking for marks came to. */
export type LoadedMarks = {
  readonly texts: readonly string[]
  /** Fields that this installation did not write. */
  readonly junk: number
}

/** Reads all marks of the fleet. Rejects where Redis does not answer. */
export const loadMarks = async (
  connection: RedisConnection,
  keys: DetectKeys,
  sealing: Sealing,
): Promise<LoadedMarks> => {
  const texts: string[] = []
  let junk = 0
  for (let shard = 0; shard < MARK_SHARDS; shard++) {
    const key = keys.marks(shard)
    const kind = await connection.within(connection.client.type(key))
    if (kind === 'none') continue
    if (kind !== 'hash') {
      junk++
      continue
    }
    for await (const [entity, sealed] of fieldsOf(connection, key)) {
      const text =
        sealed.length > MAX_TEXT_CHARS ? undefined : sealing.open(`${key} ${entity}`, sealed)
      if (text === undefined) junk++
      else if (texts.length < MAX_LOADED) texts.push(text)
    }
  }
  return { texts, junk }
}
