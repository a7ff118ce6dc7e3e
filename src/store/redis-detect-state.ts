import { hash } from 'node:crypto'
import { z } from 'zod'
import type { RedisConnection } from './redis-connection.ts'
import type { DetectKeys } from './redis-detect-keys.ts'
import type { DetectLease } from './redis-detect-lease.ts'
import { isWrongType } from './redis-failure.ts'
import type { Sealing } from './redis-seal.ts'

/** Where reading stands, by name of the stream. */
export type Positions = { readonly [stream: string]: string }

/** A state that was saved, and what is not in it yet. */
export type FleetState = {
  readonly state: Uint8Array
  readonly positions: Positions
  /** Labels that are in it: name of each, and when it was said. */
  readonly labels: readonly (readonly [name: string, saidAtMs: number])[]
}

/** Where a fleet keeps the state of its detector. */
export type DetectState = {
  /** Rejects where it cannot be written whole; the last one stays then. */
  save(state: FleetState): Promise<void>
  /** `undefined` where there is none, `damaged` where it is not whole or not of this installation. */
  load(): Promise<FleetState | 'damaged' | undefined>
  /**
   * Moves the head of the saved state to a key of its own, so that no save replaces what it stands for
   * before that runs out; moved back by hand it counts again.
   */
  setAside(): Promise<void>
}

const CHUNK_BYTES = 2 ** 20
const MAX_CHUNKS = 1_024
const LIFE_MS = 14 * 86_400_000

const head = z.strictObject({
  generation: z.string().regex(/^[\w-]{1,64}$/),
  bytes: z.int().min(0),
  sha256: z.string(),
  positions: z.record(z.string().max(32), z.string().regex(/^\d{1,20}-\d{1,20}$/)),
  labels: z
    .array(z.tuple([z.string().max(64), z.number()]))
    .max(8_192)
    .default([]),
})

const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes, 'base64url')
const chunksOf = (bytes: number): number => Math.ceil(bytes / CHUNK_BYTES)

/**
 * The state in pieces of 1 MiB, at most 1 GiB, and a sealed head that is written last, so that a state is
 * there as a whole or not at all. It lives for 14 days after it was saved.
 */
export const createDetectState = (options: {
  readonly connection: RedisConnection
  readonly keys: DetectKeys
  readonly lease: DetectLease
  readonly sealing: Sealing
}): DetectState => {
  const { connection, keys, lease, sealing } = options
  let saves = 0

  const readHead = async (): Promise<z.output<typeof head> | 'damaged' | undefined> => {
    const { client } = connection
    const sealed = await connection.within(client.get(keys.head)).catch((error: unknown) => {
      if (isWrongType(error)) return ''
      throw error
    })
    if (sealed === null) return undefined
    const text = sealing.open(keys.head, sealed)
    if (text === undefined) return 'damaged'
    const parsed = head.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : 'damaged'
  }

  return {
    save: async ({ state, positions, labels }) => {
      const count = chunksOf(state.length)
      if (count > MAX_CHUNKS) throw new RangeError(`a state of ${state.length} bytes`)
      const before = await readHead().catch(() => undefined)
      const generation = `${Date.now().toString(36)}-${process.pid}-${++saves}`
      for (let at = 0; at < count; at++) {
        const part = Buffer.from(state.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES))
        const key = keys.chunk(generation, at)
        await lease.fenced('SET', key, [part, 'PX', String(LIFE_MS)])
      }
      const text = JSON.stringify({
        generation,
        bytes: state.length,
        sha256: sha256Of(state),
        positions,
        labels,
      })
      await lease.fenced('SET', keys.head, [sealing.seal(keys.head, text), 'PX', String(LIFE_MS)])
      if (before === undefined || before === 'damaged') return
      for (let at = 0; at < chunksOf(before.bytes); at++) {
        // What stays behind runs out by itself.
        await lease.fenced('UNLINK', keys.chunk(before.generation, at), []).catch(() => undefined)
      }
    },
    load: async () => {
      const found = await readHead()
      if (found === undefined || found === 'damaged') return found
      const count = chunksOf(found.bytes)
      if (count > MAX_CHUNKS) return 'damaged'
      const parts: Buffer[] = []
      for (let at = 0; at < count; at++) {
        const key = keys.chunk(found.generation, at)
        const part = await connection.within(connection.client.getBuffer(key))
        if (part === null || part.length > CHUNK_BYTES) return 'damaged'
        parts.push(part)
      }
      const state = Buffer.concat(parts)
      if (state.length !== found.bytes || sha256Of(state) !== found.sha256) return 'damaged'
      return { state, positions: found.positions, labels: found.labels }
    },
    setAside: async () => {
      const sealed = await connection.within(connection.client.get(keys.head))
      if (sealed === null) return
      await lease.fenced('SET', keys.aside, [sealed, 'PX', String(LIFE_MS)])
      await lease.fenced('UNLINK', keys.head, [])
    },
  }
}
