import type { Clearance, ClearanceLedger, Subject } from '../core/challenge.ts'
import { clearanceRow, isClearanceId, parseClearanceRow } from '../core/clearance-row.ts'
import { createKeyedHash } from '../core/keyed-hash.ts'
import { LedgerFailure } from '../core/ledger.ts'
import { MAX_WITH_OPERATORS, mostBeside, SubjectFull } from '../core/subject-full.ts'
import { CLAIM, READ } from './redis-clearance-scripts.ts'
import { loadClearances } from './redis-clearances-load.ts'
import type { RedisConnection } from './redis-connection.ts'
import { isUnknownScript } from './redis-failure.ts'
import { createSealing } from './redis-seal.ts'
import type { Script } from './script.ts'
import { createServerTime } from './server-time.ts'

/** Clearances of a fleet. */
export type RedisClearances = ClearanceLedger & {
  /**
   * All that stand there, in any state, as far as a walk over the keys finds them; at most `most`. For a
   * process that starts. Rejects as the others do.
   */
  load(most?: number): Promise<readonly Clearance[]>
  /** Values found that are not of this installation, since the start. */
  junk(): number
}

const VERSION = 1
const MAX_VALUE_CHARS = 2_048
const MAX_LOADED = 200_000
const NO_DEADLINE_MS = 1e15

/**
 * The truth about clearances in Redis: one hash a subject, one field a clearance, each value sealed for its
 * place. A claim is one script on one key, decided by Redis's own clock, so that of all the processes of a
 * fleet one gets it. Nothing is answered with what this installation has not written; a forged value under
 * the id of a claim is written over. Every key runs out with its last clearance.
 *
 * Limits: a failover that loses the write lets the same proof be claimed again, for the same clearance.
 * A subject has at most 64 clearances at a time, 128 with what operators say and confirm; a claim beyond
 * rejects with `SubjectFull`.
 */
export const createRedisClearances = (options: {
  readonly connection: RedisConnection
  /** What every key begins with. */
  readonly prefix: string
  /** A short keyed hash of the installation's secret. */
  readonly namespace: string
  /** Root key of the installation: names subjects and seals values. */
  readonly rootKey: Uint8Array
  /** Milliseconds within which the connection answers or fails. */
  readonly commandTimeoutMs: number
}): RedisClearances => {
  const { connection, prefix, namespace, rootKey, commandTimeoutMs } = options
  const hashSubject = createKeyedHash(rootKey, 'clearances')
  const sealing = createSealing(rootKey)
  const time = createServerTime()
  const start = `${prefix}:${VERSION}:${namespace}:clearances:`
  let junk = 0

  const keyOf = (subject: Subject): string => start + hashSubject(subject)
  const placeOf = (key: string, id: string): string => `${key} ${id}`

  const sealed = (key: string, clearance: Clearance): string => {
    const { id, expiresMs } = clearance
    const text = `${expiresText(expiresMs)};${clearanceRow(clearance)}`
    return sealing.seal(placeOf(key, id), text)
  }
  /** The clearance that a value is, in its place; `undefined` for what we have not put there. */
  const opened = (key: string, id: string, value: string): Clearance | undefined => {
    const text = value.length > MAX_VALUE_CHARS ? undefined : sealing.open(placeOf(key, id), value)
    const clearance =
      text === undefined ? undefined : parseClearanceRow(text.slice(text.indexOf(';') + 1))
    if (clearance?.id === id && keyOf(clearance.subject) === key) return clearance
    junk++
    return undefined
  }

  // Not by `run` of the connection, which remembers every key that a script was asked for.
  const run = async (script: Script, key: string, args: readonly string[]): Promise<string[]> => {
    if (!connection.ready()) {
      const why = connection.trouble() ?? connection.client.status
      throw new LedgerFailure('unreachable', `Redis is not connected: ${why}`)
    }
    const { client } = connection
    const request = client.call('evalsha', script.sha, 1, key, ...args).catch((error: unknown) => {
      if (!isUnknownScript(error)) throw error
      return client.call('eval', script.source, 1, key, ...args)
    })
    const answer: unknown = await connection.within(request)
    if (!Array.isArray(answer) || !answer.every((part) => typeof part === 'string')) {
      throw new LedgerFailure('nonsense', 'Redis answered with something that says nothing')
    }
    return answer
  }
  const learned = (stamp: string | undefined): number => {
    const serverMs = Number(stamp)
    if (stamp === undefined || !Number.isSafeInteger(serverMs) || serverMs < 0) {
      throw new LedgerFailure('nonsense', 'Redis answered without a time')
    }
    time.learn(serverMs)
    return serverMs
  }

  const write = async (
    clearance: Clearance,
    how: { readonly untilMs: number; readonly most: number; readonly over: boolean },
    worthless = '',
  ): Promise<'claimed' | 'spent' | 'expired'> => {
    const key = keyOf(clearance.subject)
    const [word, stamp, standing] = await run(CLAIM, key, [
      clearance.id,
      sealed(key, clearance),
      expiresText(clearance.expiresMs),
      msText(how.untilMs),
      msText(time.latestMs(commandTimeoutMs)),
      String(how.most),
      worthless,
      how.over ? '1' : '0',
    ])
    learned(stamp)
    if (word === 'claimed' || word === 'expired') return word
    if (word === 'full') throw new SubjectFull()
    if (word === 'late') {
      // It was this process that was late, as a rule; nothing was carried out.
      throw new LedgerFailure('refused', 'the request reached Redis too late to be carried out')
    }
    if (word !== 'spent' || standing === undefined) {
      throw new LedgerFailure('nonsense', 'Redis did not say what it did')
    }
    if (opened(key, clearance.id, standing) !== undefined) return 'spent'
    if (worthless !== '') throw new LedgerFailure('nonsense', 'Redis holds what is none of ours')
    return write(clearance, how, standing)
  }

  const read = async (key: string): Promise<readonly Clearance[]> => {
    const [stamp, ...fields] = await run(READ, key, [])
    const serverMs = learned(stamp)
    const found: Clearance[] = []
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const [id = '', value = ''] = fields.slice(at, at + 2)
      const clearance = isClearanceId(id) ? opened(key, id, value) : undefined
      if (clearance !== undefined && clearance.expiresMs > serverMs) found.push(clearance)
    }
    return found
  }

  return {
    claim: (clearance, answerableUntilMs) =>
      write(clearance, {
        untilMs: answerableUntilMs,
        most: mostBeside(clearance.kind),
        over: false,
      }),
    of: (subject) => read(keyOf(subject)),
    put: async (clearance) => {
      await write(clearance, { untilMs: NO_DEADLINE_MS, most: MAX_WITH_OPERATORS, over: true })
    },
    load: (most = MAX_LOADED) => loadClearances({ connection, start, read, most }),
    junk: () => junk,
  }
}

/** A time as the scripts read it: whole, and no more than they count exactly. */
const msText = (ms: number): string =>
  String(Math.floor(Math.min(Math.max(ms, 0) || 0, NO_DEADLINE_MS)))

const expiresText = (ms: number): string => msText(Math.ceil(ms))
