import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { LedgerFailure } from '../core/ledger.ts'
import {
  parseSwitchSet,
  switchSetText,
  type SwitchBoard,
  type SwitchChange,
  type SwitchSet,
} from '../core/switches.ts'
import type { RedisConnection } from './redis-connection.ts'
import { createSealing } from './redis-seal.ts'
import { LOOK, SETTLE_MS, WRITE } from './redis-switch-scripts.ts'
import { createServerTime } from './server-time.ts'

/** Switches of a fleet. */
export type RedisSwitches = SwitchBoard & {
  /** Values found that are not of this installation, since the start. */
  junk(): number
}

const VERSION = 1
const MAX_VALUE_CHARS = 4_100_000
const RETRY_MS = 100
/** A change may wait for a store that is being filled again, and no longer. */
const LONGEST_MS = SETTLE_MS + 1_500

type Answer = { readonly word: string; readonly value: string }

/**
 * The truth about switches in Redis: one hash with the whole set, sealed, which is changed by one script
 * where it is still of the version that the change was made for. The version never goes back: a Redis that
 * was emptied or has lost a write is filled again by any process that knows a higher one, and takes changes
 * again once all have had the time to do so. What this installation has not written counts for nothing.
 *
 * Limits: where Redis loses a confirmed write in a failover, and the only processes that knew of it cannot
 * reach Redis meanwhile, a change made then takes its number, and the lost one is gone.
 */
export const createRedisSwitches = (options: {
  readonly connection: RedisConnection
  /** What every key begins with. */
  readonly prefix: string
  /** A short keyed hash of the installation's secret. */
  readonly namespace: string
  /** Root key of the installation: seals values. */
  readonly rootKey: Uint8Array
  /** Milliseconds within which the connection answers or fails. */
  readonly commandTimeoutMs: number
  /** The newest set this process has seen, from wherever. */
  readonly known: () => SwitchSet
}): RedisSwitches => {
  const { connection, prefix, namespace, rootKey, commandTimeoutMs, known } = options
  const key = `${prefix}:${VERSION}:${namespace}:switches`
  const sealing = createSealing(rootKey)
  const time = createServerTime()
  let junk = 0

  const sealed = (set: SwitchSet): string =>
    sealing.seal(key, `${set.version};${switchSetText(set)}`)
  /** The set that a value is; `undefined` for what none of us has put there. */
  const opened = (value: string): SwitchSet | undefined => {
    if (value === '') return undefined
    const text = value.length > MAX_VALUE_CHARS ? undefined : sealing.open(key, value)
    const set = text === undefined ? undefined : parseSwitchSet(text.slice(text.indexOf(';') + 1))
    if (set === undefined) junk++
    return set
  }

  const answered = (answer: unknown): Answer => {
    const [word, stamp, value = ''] = Array.isArray(answer) ? answer.map(String) : []
    const serverMs = Number(stamp)
    if (word === undefined || !Number.isSafeInteger(serverMs) || serverMs < 0) {
      throw new LedgerFailure('nonsense', 'Redis answered with something that says nothing')
    }
    time.learn(serverMs)
    return { word, value }
  }
  const look = async (sum: string): Promise<Answer> =>
    answered(await connection.run(LOOK, [key], [sum]))
  const write = async (
    how: 'change' | 'fill',
    set: SwitchSet,
    worthless: string,
  ): Promise<Answer> => {
    const latestMs = Math.min(time.latestMs(commandTimeoutMs), 1e15)
    const answer = answered(
      await connection.run(
        WRITE,
        [key],
        [sealed(set), String(set.version), how, worthless, String(latestMs)],
      ),
    )
    if (answer.word === 'late') {
      // It was this process that was late, as a rule; nothing was carried out.
      throw new LedgerFailure('refused', 'the request reached Redis too late to be carried out')
    }
    return answer
  }
  /** Fills a store that knows less than this process; what stands there after that. */
  const fill = async (standing: SwitchSet | undefined, worthless: string): Promise<SwitchSet> => {
    const mine = known()
    if (mine.version <= (standing?.version ?? 0)) return standing ?? mine
    const { word, value } = await write('fill', mine, worthless)
    return word === 'changed' ? mine : (opened(value) ?? mine)
  }

  const read = async (): Promise<SwitchSet> => {
    const mine = known()
    const { word, value } = await look(hash('sha1', sealed(mine), 'hex'))
    if (word === 'same') return mine
    const standing = opened(value)
    return fill(standing, standing === undefined ? value : '')
  }

  const change = async (expectedVersion: number, wanted: SwitchSet): Promise<SwitchChange> => {
    const endMs = performance.now() + LONGEST_MS
    let worthless = ''
    for (;;) {
      const { word, value } = await write('change', wanted, worthless)
      if (word === 'changed') return { kind: 'changed', set: wanted }
      if (performance.now() > endMs) {
        throw new LedgerFailure(
          'refused',
          'Redis has lost the switches and is being told them again',
        )
      }
      if (word === 'settling') {
        await pause(RETRY_MS)
        continue
      }
      const standing = opened(value)
      if (standing === undefined) worthless = value
      const current = await fill(standing, worthless)
      // Another one may have it filled by now, or the store was behind this process and is no more.
      if (current.version !== expectedVersion) return { kind: 'conflict', current }
    }
  }

  return {
    read,
    change: (expectedVersion, entries) =>
      change(expectedVersion, { version: expectedVersion + 1, entries }),
    junk: () => junk,
  }
}
