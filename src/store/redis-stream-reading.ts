import type { RedisConnection } from './redis-connection.ts'
import { isWrongType } from './redis-failure.ts'
import { entriesOf, isBefore, lastIdOf, type StreamEntry } from './redis-gossip-reply.ts'

/** What one reading of a stream came to. */
export type StreamPage<T> = {
  /** What could be opened, in the order of the stream. */
  readonly found: readonly { readonly id: string; readonly value: T }[]
  /** Entries that could not. */
  readonly junk: number
  /** Id of the last that could be opened, of this page or an earlier one. */
  readonly position: string
  /** Whether this reading began elsewhere than where the last one ended. */
  readonly elsewhere: boolean
}

export const FIRST_ID = '0-0'
/** How often an empty page is asked whether the stream ends before the place that is read from. */
const LOOK_MS = 1_000

/**
 * Reads on in a stream that others may write into as well. An entry that does not open is passed over, but
 * nobody is told to begin after it: its id may be any. Where the stream ends before the place of reading,
 * because such an entry was there and the stream had to be made anew, or a server lost the end of it, it is
 * read from its beginning. Rejects with what a request rejects with.
 */
export const createStreamReading = <T>(options: {
  readonly connection: RedisConnection
  readonly key: string
  readonly pageEntries: number
  readonly open: (entry: StreamEntry) => T | undefined
  /** Something that is no stream stands under the key. */
  readonly onWrongType?: () => Promise<void>
}): ((position: string | undefined) => Promise<StreamPage<T>>) => {
  const { connection, key, pageEntries, open, onWrongType } = options
  let given: string | undefined
  let cursor = FIRST_ID
  let lookedAtMs = Number.NEGATIVE_INFINITY

  const asked = <R>(request: Promise<R>): Promise<R | undefined> =>
    connection.within(request).catch(async (error: unknown) => {
      if (!isWrongType(error)) throw error
      await onWrongType?.()
      return undefined
    })
  const page = async (): Promise<StreamEntry[]> =>
    entriesOf(
      (await asked(connection.client.xread('COUNT', pageEntries, 'STREAMS', key, cursor))) ?? null,
    )
  const endsBefore = async (): Promise<boolean> => {
    if (cursor === FIRST_ID || performance.now() - lookedAtMs < LOOK_MS) return false
    lookedAtMs = performance.now()
    const last = lastIdOf(
      (await asked(connection.client.xrevrange(key, '+', '-', 'COUNT', 1))) ?? [],
    )
    return last !== undefined && isBefore(last, cursor)
  }

  return async (position = FIRST_ID) => {
    const elsewhere = position !== given
    if (elsewhere) {
      given = position
      cursor = position
      lookedAtMs = Number.NEGATIVE_INFINITY
    }
    let entries = await page()
    if (entries.length === 0 && (await endsBefore())) {
      cursor = FIRST_ID
      entries = await page()
    }
    const found: { readonly id: string; readonly value: T }[] = []
    for (const entry of entries) {
      const value = open(entry)
      if (value !== undefined) found.push({ id: entry.id, value })
    }
    cursor = entries.at(-1)?.id ?? cursor
    given = found.at(-1)?.id ?? position
    return { found, junk: entries.length - found.length, position: given, elsewhere }
  }
}
