import { randomBytes } from 'node:crypto'
import { LedgerFailure } from '../core/ledger.ts'
import { MAX_OVERRIDE_MS, type Override, type OverrideLedger } from '../core/override.ts'
import { isOverrideId, overrideRow, parseOverrideRow } from '../core/override-row.ts'
import { READ_OVERRIDES, TIDY_OVERRIDES, WRITE_OVERRIDE } from './redis-override-scripts.ts'
import type { RedisConnection } from './redis-connection.ts'
import { createSealing } from './redis-seal.ts'
import type { Script } from './script.ts'

/** What stands in Redis, read at once. */
export type OverridesRead = {
  /** Names this state of things; another text after each change. Empty where nothing stands there. */
  readonly revision: string
  /** Absent where nothing has changed since the revision asked with. */
  readonly overrides?: readonly Override[]
  /** Fields that this installation did not write. */
  readonly junk: readonly string[]
}

/** Overrides of a fleet. Everything rejects with `LedgerFailure` within the time of the connection. */
export type RedisOverrides = OverrideLedger & {
  read(since: string): Promise<OverridesRead>
  /** Puts back what is missing there; what stands there stays. */
  restore(override: Override): Promise<void>
  /** Removes fields. */
  tidy(ids: readonly string[]): Promise<void>
}

const VERSION = 1
const REVISION_BYTES = 12
/** The hash outlives the longest override in it. */
const LIFE_MS = MAX_OVERRIDE_MS + 86_400_000
const MAX_VALUE_CHARS = 16_384
const MAX_TIDIED = 500

/**
 * The truth about overrides in Redis: one hash, one field an override, each value sealed for its place, and
 * one field that changes with every write, so that a process that looks every second reads only news.
 * Nothing is answered with what this installation has not written.
 */
export const createRedisOverrides = (options: {
  readonly connection: Pick<RedisConnection, 'run'>
  /** What every key begins with. */
  readonly prefix: string
  /** A short keyed hash of the installation's secret. */
  readonly namespace: string
  /** Root key of the installation: seals values. */
  readonly rootKey: Uint8Array
}): RedisOverrides => {
  const { connection, prefix, namespace, rootKey } = options
  const key = `${prefix}:${VERSION}:${namespace}:overrides`
  const sealing = createSealing(rootKey)

  const run = async (script: Script, args: readonly string[]): Promise<readonly string[]> => {
    const answer = await connection.run(script, [key], args)
    if (!Array.isArray(answer) || !answer.every((part) => Buffer.isBuffer(part))) {
      throw new LedgerFailure('nonsense', 'Redis answered with something that says nothing')
    }
    return answer.map((part) => part.toString())
  }
  const write = async (override: Override, over: boolean): Promise<void> => {
    const { id } = override
    const [word] = await run(WRITE_OVERRIDE, [
      id,
      sealing.seal(`${key} ${id}`, overrideRow(override)),
      randomBytes(REVISION_BYTES).toString('base64url'),
      String(LIFE_MS),
      over ? '1' : '0',
    ])
    if (word !== 'put' && word !== 'stands') {
      throw new LedgerFailure('nonsense', 'Redis did not say what it did')
    }
  }
  const opened = (id: string, value: string): Override | undefined => {
    if (!isOverrideId(id) || value.length > MAX_VALUE_CHARS) return undefined
    const text = sealing.open(`${key} ${id}`, value)
    const override = text === undefined ? undefined : parseOverrideRow(text)
    return override?.id === id ? override : undefined
  }
  const read = async (since: string): Promise<OverridesRead> => {
    const [word, revision = '', ...fields] = await run(READ_OVERRIDES, [since])
    if (word === 'same') return { revision: since, junk: [] }
    if (word !== 'all') throw new LedgerFailure('nonsense', 'Redis did not say what stands there')
    const overrides: Override[] = []
    const junk: string[] = []
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [id = '', value = ''] = fields.slice(at, at + 2)
      const override = opened(id, value)
      if (override === undefined) junk.push(id)
      else overrides.push(override)
    }
    return { revision, overrides, junk }
  }

  return {
    put: (override) => write(override, true),
    restore: (override) => write(override, override.ended !== undefined),
    load: async () => (await read('')).overrides ?? [],
    read,
    tidy: async (ids) => {
      if (ids.length > 0) await run(TIDY_OVERRIDES, ids.slice(0, MAX_TIDIED))
    },
  }
}
