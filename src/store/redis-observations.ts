import { randomBytes } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { DAY_MS } from '../core/time.ts'
import type { RedisConnection } from './redis-connection.ts'
import { PARTITIONS, type DetectKeys } from './redis-detect-keys.ts'
import type { Positions } from './redis-detect-state.ts'
import { createEntryForm, MAX_ENTRY_BYTES } from './redis-gossip-entry.ts'
import { createGossipLink } from './redis-gossip-link.ts'
import { createTeller } from './redis-gossip-tell.ts'
import { createStreamReading } from './redis-stream-reading.ts'

/** Tells the detector of the fleet what this process observed. */
export type ObservationTeller = {
  /** Never waits, never throws. */
  tell(text: string, count: number, partition: number): void
  close(): Promise<void>
}

/** Memory that all streams together may take in Redis, about, and that may wait in this process. */
const STREAM_BYTES = 256 * 2 ** 20
const WAITING_BYTES = 32 * 2 ** 20
const LIFE_MS = 2 * DAY_MS

/** What telling needs. */
export type ObservationTellerOptions = {
  /** A fresh client, without a deadline for its commands. */
  readonly connect: () => Redis | Cluster
  readonly keys: DetectKeys
  readonly rootKey: Uint8Array
  /** About so many observations will reach no detector. */
  readonly onDropped: (observations: number) => void
  readonly onTrouble: (kind: 'silent' | 'speaking' | 'repaired') => void
}

/**
 * Appends to the streams of the partitions as gossip does: sealed, one entry under way a stream, sent again
 * until Redis confirms it, the oldest dropped beyond 32 MiB. A stream is trimmed to an eighth of 256 MiB
 * and ends two days after the last entry.
 */
export const createObservationTeller = (options: ObservationTellerOptions): ObservationTeller => {
  const { connect, keys, rootKey, onDropped, onTrouble } = options
  const from = randomBytes(9).toString('base64url')
  const link = createGossipLink(connect)
  let meanCount = 1
  let silent = 0
  const tellers = Array.from({ length: PARTITIONS }, (_, partition) => {
    const key = keys.observations(partition)
    return createTeller({
      link,
      key,
      form: createEntryForm(rootKey, key),
      from,
      maxWaitingBytes: WAITING_BYTES / PARTITIONS,
      maxStreamBytes: STREAM_BYTES / PARTITIONS,
      ttlMs: LIFE_MS,
      onSpeaking: (speaking) => {
        const before = silent
        silent += speaking ? -1 : 1
        if (before === 0 || silent === 0) onTrouble(speaking ? 'speaking' : 'silent')
      },
      onDropped: (texts) => onDropped(Math.ceil(texts * meanCount)),
      onRepaired: () => onTrouble('repaired'),
    })
  })
  return {
    tell: (text, count, partition) => {
      meanCount += (count - meanCount) / 64
      tellers[partition]?.tell(text)
    },
    close: async () => {
      await Promise.all(tellers.map((teller) => teller.close()))
      link.close()
    },
  }
}

/** What one reading of all streams came to. */
export type ReadObservations = {
  /** Texts in the order of their stream. */
  readonly texts: readonly string[]
  /** Where reading stands after them. */
  readonly positions: Positions
  /** Entries that this installation did not write. */
  readonly junk: number
  /** Milliseconds of Redis's clock at which the newest of them was told; `undefined` for none. */
  readonly toldMs: number | undefined
}

const PAGE_ENTRIES = 8
const REMEMBERED_PROCESSES = 4_096

/**
 * Reads on in the streams of all partitions from where reading stands; at most some MiB at a time. An entry
 * that its teller sent again, not knowing that it had arrived, counts once: entries are numbered.
 */
export const createObservationReader = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly rootKey: Uint8Array
}): ((positions: Positions) => Promise<ReadObservations>) => {
  const { connection, keys, rootKey } = options
  const streams = Array.from({ length: PARTITIONS }, (_, partition) => {
    const key = keys.observations(partition)
    const form = createEntryForm(rootKey, key)
    // Something else under the key stays until a teller puts that right.
    const read = createStreamReading({
      connection,
      key,
      pageEntries: PAGE_ENTRIES,
      open: ({ fields, bytes }) => (bytes > 2 * MAX_ENTRY_BYTES ? undefined : form.parse(fields)),
    })
    return { name: `p${partition}`, read, heard: new Map<string, number>() }
  })
  return async (positions) => {
    const pages = await Promise.all(
      streams.map(async (stream) => ({
        ...stream,
        page: await stream.read(positions[stream.name]),
      })),
    )
    const texts: string[] = []
    const next: { [stream: string]: string } = { ...positions }
    let junk = 0
    let toldMs: number | undefined
    for (const { name, heard, page } of pages) {
      // Reading begins elsewhere: what comes is not what came.
      if (page.elsewhere) heard.clear()
      junk += page.junk
      if (page.found.length > 0) next[name] = page.position
      for (const { id, value: entry } of page.found) {
        toldMs = Math.max(toldMs ?? 0, Number.parseInt(id, 10))
        if (entry.n <= (heard.get(entry.from) ?? 0)) continue
        if (heard.size >= REMEMBERED_PROCESSES) heard.clear()
        heard.set(entry.from, entry.n)
        texts.push(...entry.texts)
      }
    }
    return { texts, positions: next, junk, toldMs }
  }
}
