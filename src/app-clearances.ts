import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Ground } from './app-ground.ts'
import type { OpenStore } from './app-store.ts'
import { parseClearances, clearanceTexts } from './challenges/clearance-text.ts'
import { createClearanceTable, type ClearanceTable } from './challenges/clearance-table.ts'
import { openOwnLedger, type OwnLedgerProblem } from './challenges/own-ledger.ts'
import { createPosturedLedger } from './challenges/posture.ts'
import { createTellingLedger, hearClearances } from './challenges/telling-ledger.ts'
import type { ClearanceLedger } from './core/challenge.ts'
import type { Gossip } from './core/gossip.ts'
import { createRedisClearances } from './store/redis-clearances.ts'
import { createRedisConnection } from './store/redis-connection.ts'
import type { Channel } from './workers/channel.ts'
import { askClearances } from './workers/clearance-desk.ts'

/** Name of this part in what is degraded, and of its file. */
const CLEARANCES = 'clearances'
/**
 * How long a start waits for what the fleet has granted. Whoever is missing meanwhile is looked up before
 * being challenged, so that it need not be long.
 */
const FIRST_LOAD_MS = 500
const RETRY_MS = 2_000

/** Clearances as a process sees them: what calls are judged by, and where the truth is. */
export type OpenClearances = {
  readonly table: ClearanceTable
  readonly ledger: ClearanceLedger
  /** The same without its news taken into the table. */
  readonly truth: Pick<ClearanceLedger, 'of'>
  /** Whether this process has looked at all that stands in the ledger, so that it knows what was revoked. */
  complete(): boolean
  /** All that this process knows, for one that starts. */
  texts(): readonly string[]
  degraded(): readonly string[]
  close(): Promise<void>
}

const OWN_WORDS: { readonly [K in OwnLedgerProblem['kind']]: string } = {
  clearances_damaged: 'some clearances could not be read and are forgotten',
  clearances_failing: 'clearances cannot be written down; none is granted until they can',
  clearances_recovered: 'clearances are written down again',
}

/** Clearances that this process keeps alone, in a file; `others`, its workers, hear of what is new. */
export const openOwnClearances = (
  { clock, dataDir, log }: Ground,
  others?: Gossip,
): OpenClearances => {
  const table = createClearanceTable()
  let failing = false
  const own = openOwnLedger({
    file: join(dataDir.path, CLEARANCES),
    table,
    clock,
    onProblem: (problem) => {
      if (problem.kind !== 'clearances_damaged') failing = problem.kind === 'clearances_failing'
      log.warn({ ...problem }, OWN_WORDS[problem.kind])
    },
  })
  return {
    table,
    ledger: createTellingLedger({ ledger: own, table, gossip: others }),
    truth: own,
    complete: () => true,
    texts: () => clearanceTexts(table.inForce(clock.now())),
    degraded: () => (failing ? [CLEARANCES] : []),
    close: () => {
      own.close()
      return Promise.resolve()
    },
  }
}

/** Clearances as a worker sees them whose primary keeps them. */
export const openToldClearances = (
  { clock, suppression }: Ground,
  parts: { readonly channel: Channel; readonly gossip: Gossip; readonly known: readonly string[] },
): OpenClearances => {
  const table = createClearanceTable()
  const truth = askClearances(parts.channel)
  for (const text of parts.known)
    for (const one of parseClearances(text).clearances) table.take(one)
  hearClearances(parts.gossip, table, (rows) =>
    suppression.note(
      'clearances junk',
      'warn',
      { rows },
      'clearances that were told are not sound',
    ),
  )
  return {
    table,
    // The primary tells the others.
    ledger: createTellingLedger({ ledger: truth, table }),
    truth,
    complete: () => true,
    texts: () => clearanceTexts(table.inForce(clock.now())),
    degraded: () => [],
    close: () => Promise.resolve(),
  }
}

/**
 * Clearances of a fleet. Resolves once those that stand in the store were looked for; while it is away,
 * those that are known hold, and what becomes of proofs is for the posture to say.
 */
export const openFleetClearances = async (
  { clock, dataDir, settings, suppression }: Ground,
  { store, gossip }: { readonly store: OpenStore; readonly gossip: Gossip },
): Promise<OpenClearances> => {
  const { address, prefix, namespace } = store.place
  const table = createClearanceTable()
  const connection = createRedisConnection(address)
  const redis = createRedisClearances({
    connection,
    prefix,
    namespace,
    rootKey: dataDir.rootKey,
    commandTimeoutMs: address.commandTimeoutMs,
  })
  const postured = createPosturedLedger({
    ledger: redis,
    posture: settings.challenges.posture,
    table,
    clock,
  })
  hearClearances(gossip, table, (rows) =>
    suppression.note(
      'clearances junk',
      'warn',
      { rows },
      'clearances that were told are not sound',
    ),
  )
  let loaded = false
  let loading: Promise<void> | undefined
  const load = async (): Promise<void> => {
    try {
      for (const clearance of await redis.load()) table.take(clearance)
      loaded = true
    } catch {
      // Those that are known hold; the next attempt is near.
    }
    loading = undefined
  }
  const loadOnce = (): Promise<void> =>
    loaded || !connection.ready() ? Promise.resolve() : (loading ??= load())
  await connection.readyWithin(store.patienceMs())
  await Promise.race([loadOnce(), pause(FIRST_LOAD_MS)])
  const loadingAgain = setInterval(() => {
    void loadOnce()
    if (loaded) clearInterval(loadingAgain)
  }, RETRY_MS).unref()
  return {
    table,
    ledger: createTellingLedger({ ledger: postured, table, gossip }),
    truth: postured,
    complete: () => loaded,
    texts: () => clearanceTexts(table.inForce(clock.now())),
    degraded: () => (connection.ready() ? [] : [CLEARANCES]),
    close: () => {
      clearInterval(loadingAgain)
      postured.close()
      connection.close()
      return Promise.resolve()
    },
  }
}
