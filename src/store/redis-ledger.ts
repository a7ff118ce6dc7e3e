import { createHash, randomBytes } from 'node:crypto'
import { CLAIM_NUMBERS, unpackTaken, windowKind, writeClaims } from '../core/ledger-form.ts'
import { LedgerFailure, type CounterId, type SharedLedger, type Taken } from '../core/ledger.ts'
import { createTakeBatch } from '../core/take-batch.ts'
import { memoryOf } from './ledger-memory.ts'
import type { RedisConnection } from './redis-connection.ts'
import { doublesOf } from './script-answer.ts'
import { SCRIPTS, type Script } from './script.ts'
import { createServerTime } from './server-time.ts'
import type { StoreKeys } from './store-keys.ts'

/** Milliseconds the memory's word lives, longer than any counter; it is renewed while anybody is there. */
export const EPOCH_LIFE_MS = 200 * 86_400_000
const HEAD = 4
const MOST_AT_ONCE = 512

/** A number below 2^48 that names a process in the counters of running calls. */
const numberOf = (replicaId: string): number =>
  createHash('sha256').update(replicaId).digest().readUIntLE(0, 6)

/**
 * The counters of one hash tag in Redis. The script of a call checks and charges all of its limits in one
 * go, by Redis's own clock; the scripts say how.
 */
export const createRedisLedger = (options: {
  readonly connection: RedisConnection
  readonly keys: StoreKeys
  readonly replicaId: string
  readonly commandTimeoutMs: number
  /** Milliseconds a running call counts without being held again. */
  readonly leaseMs: number
  readonly onRepaired: (counters: number) => void
}): SharedLedger => {
  const { connection, keys, commandTimeoutMs, leaseMs, onRepaired } = options
  const process = numberOf(options.replicaId)
  const time = createServerTime()
  let word: string | undefined

  const ask = async (
    script: Script,
    counters: readonly CounterId[],
    packed: Float64Array,
    own: number,
  ): Promise<Float64Array> => {
    if (word === undefined) throw new LedgerFailure('forgotten', 'the ledger was not opened')
    const names = [keys.epoch]
    for (const id of counters) names.push(keys.counter(id))
    packed[0] = process
    packed[1] = leaseMs
    packed[2] = time.latestMs(commandTimeoutMs)
    packed[3] = own
    const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
    return doublesOf(await connection.run(script, names, [word, bytes]), time)
  }

  const heard = (taken: Taken): Taken => {
    time.learn(taken.nowMs)
    if (taken.repaired > 0) onRepaired(taken.repaired)
    return taken
  }

  const batch = createTakeBatch({
    head: HEAD,
    ask: (claims, packed) => ask(SCRIPTS.take, claims, packed, 1),
    heard,
  })

  /** Entries of a script that answers with the repaired counters, a bounded number at a time. */
  const tell = async <T extends CounterId>(
    script: Script,
    entries: readonly T[],
    numbers: number,
    write: (entry: T, packed: Float64Array, at: number) => void,
    own = 0,
  ): Promise<void> => {
    for (let from = 0; from === 0 || from < entries.length; from += MOST_AT_ONCE) {
      const some = entries.slice(from, from + MOST_AT_ONCE)
      const packed = new Float64Array(HEAD + some.length * numbers)
      for (const [at, entry] of some.entries()) write(entry, packed, HEAD + at * numbers)
      // One after the other: what fails leaves the rest unsaid.
      const [repaired = -1] = await ask(script, some, packed, own)
      if (!(repaired >= 0)) throw new LedgerFailure('nonsense', 'Redis did not say what it did')
      if (repaired > 0) onRepaired(repaired)
    }
  }

  return {
    open: async () => {
      const brought = randomBytes(16).toString('base64url')
      const answer = await connection.run(
        SCRIPTS.open,
        [keys.epoch],
        [brought, String(EPOCH_LIFE_MS)],
      )
      const memory = memoryOf(answer)
      // Calls that count on the memory lost are not charged in another one.
      if (memory.word !== word) batch.flush()
      word = memory.word
      return memory
    },
    take: (claims) => batch.take(claims),
    read: async (claims) => {
      batch.flush()
      const packed = new Float64Array(HEAD + 1 + claims.length * CLAIM_NUMBERS)
      packed[HEAD] = claims.length
      writeClaims(claims, packed, HEAD + 1)
      return heard(unpackTaken(await ask(SCRIPTS.take, claims, packed, 0), claims.length))
    },
    correct: async (corrections) => {
      batch.flush()
      if (corrections.length === 0) return
      await tell(SCRIPTS.correct, corrections, 4, (correction, packed, at) => {
        packed[at] = windowKind(correction)
        packed[at + 1] = correction.window.lengthMs
        packed[at + 2] = correction.expiresMs
        packed[at + 3] = correction.delta
      })
    },
    hold: (holdings) => {
      batch.flush()
      return tell(
        SCRIPTS.hold,
        holdings,
        1,
        ({ running }, packed, at) => {
          packed[at] = running
        },
        EPOCH_LIFE_MS,
      )
    },
    bring: async (counters) => {
      batch.flush()
      if (counters.length === 0) return
      await tell(SCRIPTS.bring, counters, 3, ({ used, previous, expiresMs }, packed, at) => {
        packed[at] = used
        packed[at + 1] = previous
        packed[at + 2] = expiresMs
      })
    },
  }
}
