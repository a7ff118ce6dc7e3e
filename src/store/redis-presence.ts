import { LedgerFailure, type Presence, type Replica } from '../core/ledger.ts'
import type { RedisConnection } from './redis-connection.ts'
import { EPOCH_LIFE_MS } from './redis-ledger.ts'
import { SCRIPTS } from './script.ts'
import type { StoreKeys } from './store-keys.ts'

const LIFE_MS = 5_000
const LONGEST_NOTE_BYTES = 4_096
const LONGEST_ID = 128
const MOST_REPLICAS = 1_024

const isText = (value: unknown): value is Buffer => Buffer.isBuffer(value)

/** The processes of an answer; those that cannot be ones are left out. */
const replicasOf = (answer: unknown): readonly Replica[] => {
  if (!Array.isArray(answer)) throw new LedgerFailure('nonsense', 'Redis answered without replicas')
  const replicas: Replica[] = []
  for (let at = 0; at + 1 < answer.length && replicas.length < MOST_REPLICAS; at += 2) {
    const id: unknown = answer[at]
    const note: unknown = answer[at + 1]
    if (!isText(id) || !isText(note)) continue
    if (id.length === 0 || id.length > LONGEST_ID || note.length > LONGEST_NOTE_BYTES) continue
    replicas.push({ id: id.toString(), note: note.toString() })
  }
  return replicas.toSorted((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)))
}

/** Who belongs to the fleet: processes that said so to this Redis within the last 5 s. */
export const createRedisPresence = (options: {
  readonly connection: RedisConnection
  readonly keys: StoreKeys
  readonly replicaId: string
  /** Milliseconds a process counts as living after it said so; 5,000 unless told. */
  readonly lifeMs?: number
}): Presence => {
  const { connection, keys, replicaId, lifeMs = LIFE_MS } = options
  return {
    beat: async (note) => {
      if (Buffer.byteLength(note) > LONGEST_NOTE_BYTES) {
        throw new LedgerFailure('refused', `a note of more than ${LONGEST_NOTE_BYTES} bytes`)
      }
      const args = [replicaId, note, String(lifeMs), String(EPOCH_LIFE_MS)]
      return replicasOf(await connection.run(SCRIPTS.beat, [keys.replicas, keys.epoch], args))
    },
  }
}
