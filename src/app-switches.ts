import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Ground } from './app-ground.ts'
import type { OpenStore } from './app-store.ts'
import { readSwitchFile, writeSwitchFile } from './app-switch-file.ts'
import type { Gossip } from './core/gossip.ts'
import {
  EMPTY_SWITCH_SET,
  isSameSwitchSet,
  type SwitchBoard,
  type SwitchEntry,
  type SwitchSet,
} from './core/switches.ts'
import type { Audit } from './http/admin/audit.ts'
import type { LivePolicy } from './policy/live.ts'
import { createOwnSwitches } from './policy/own-switches.ts'
import { createSwitchKeeper, type SwitchKeeper } from './policy/switch-keeper.ts'
import type { Metrics } from './sinks/metrics.ts'
import { registerSwitchMetrics, type SwitchStates } from './sinks/switch-metrics.ts'
import { createRedisConnection } from './store/redis-connection.ts'
import { createRedisSwitches } from './store/redis-switches.ts'

/** Name of this part in what is degraded, and of its file. */
const SWITCHES = 'switches'
/** Nothing on the path of a call waits for switches. */
const COMMAND_MS = 1_000

/** Switches of a process that answers for its machine; workers are told by their primary's policy. */
export type OpenSwitches = {
  readonly keeper: SwitchKeeper
  /** Where to record what returned by itself. */
  auditTo(audit: Audit): void
  degraded(): readonly string[]
  close(): Promise<void>
}

/** What switches need of the rest of a process. */
export type SwitchesParts = {
  readonly policy: { readonly live: Pick<LivePolicy, 'current' | 'setSwitches'> }
  readonly metrics: Pick<Metrics, 'registry'>
  /** Where the truth of a fleet is; absent for a guard that is alone. */
  readonly fleet?:
    | { readonly store: Pick<OpenStore, 'place' | 'patienceMs'>; readonly gossip: Gossip }
    | undefined
  /** Milliseconds between looks, for tests. */
  readonly lookMs?: number | undefined
}

const shown = (entry: SwitchEntry | undefined): object | undefined =>
  entry && { mode: entry.mode, rollout: entry.rollout }

/** One line for each switch that another set changes. Reasons are free text and stand in the audit alone. */
const logTaken = (log: Ground['log'], before: SwitchSet, after: SwitchSet): void => {
  const old = new Map(before.entries.map((entry) => [entry.id, entry]))
  const { version } = after
  for (const entry of after.entries) {
    const was = old.get(entry.id)
    old.delete(entry.id)
    if (was?.version === entry.version && was.atMs === entry.atMs) continue
    const { id, mode, rollout, by, untilMs } = entry
    const until = untilMs === undefined ? undefined : new Date(untilMs).toISOString()
    log.info({ switch: id, mode, rollout, by, until, version, before: shown(was) }, 'switch set')
  }
  for (const [id, was] of old) {
    log.info({ switch: id, version, before: shown(was) }, 'switch taken back: as the file says')
  }
}

const stateCounts = (keeper: SwitchKeeper, policy: SwitchesParts['policy']): SwitchStates => {
  const { rules, limits } = policy.live.current()
  const ids = new Set([...rules, ...limits].map(({ id }) => id))
  const entries = keeper.inForce()
  const matched = entries.filter(({ id }) => ids.has(id))
  const set = matched.filter(({ confirmed }) => confirmed).length
  return { set, timed: matched.length - set, unmatched: entries.length - matched.length }
}

/**
 * Puts the switches of this guard or its fleet in force, and keeps them so. Resolves once those that stand in
 * the store were looked for; while it is away, those of the last time hold, over a restart too.
 */
export const openSwitches = async (
  { clock, dataDir, log }: Pick<Ground, 'clock' | 'dataDir' | 'log'>,
  { policy, metrics, fleet, lookMs }: SwitchesParts,
): Promise<OpenSwitches> => {
  const file = join(dataDir.path, SWITCHES)
  const found = readSwitchFile(file)
  const start = found.set ?? EMPTY_SWITCH_SET
  let damaged = found.damaged.length > 0 && found.set === undefined
  let unwritten = false
  let audit: Audit | undefined
  if (found.damaged.length > 0) {
    const { damaged: files } = found
    log.error(
      { files, version: start.version },
      damaged
        ? 'switches could not be read: all rules and limits are as the files say'
        : 'a file of switches is damaged; the last good one is in force',
    )
  }

  const written = (failed: string | undefined): void => {
    if (failed !== undefined && !unwritten) log.error({ code: failed }, 'switches cannot be kept')
    unwritten = failed !== undefined
    damaged &&= unwritten
  }
  const keep = (set: SwitchSet): void => {
    try {
      writeSwitchFile(file, set)
      written(undefined)
    } catch (error) {
      written(error instanceof Error && 'code' in error ? String(error.code) : String(error))
    }
  }
  // A second chance that was lost is made again.
  if (found.set !== undefined && found.damaged.length > 0) keep(found.set)

  const connection =
    fleet && createRedisConnection({ ...fleet.store.place.address, commandTimeoutMs: COMMAND_MS })
  const board: SwitchBoard =
    fleet === undefined || connection === undefined
      ? createOwnSwitches({
          start,
          write: (set) => writeSwitchFile(file, set),
          onWritten: written,
        })
      : createRedisSwitches({
          connection,
          prefix: fleet.store.place.prefix,
          namespace: fleet.store.place.namespace,
          rootKey: dataDir.rootKey,
          commandTimeoutMs: COMMAND_MS,
          known: () => keeper.known(),
        })
  const keeper = createSwitchKeeper({
    board,
    start,
    clock,
    gossip: fleet?.gossip,
    lookMs,
    apply: (switches) => policy.live.setSwitches(switches),
    onTaken: (before, after) => {
      if (fleet !== undefined) keep(after)
      if (after.version === before.version && !isSameSwitchSet(before, after)) {
        log.warn({ version: after.version }, 'the store holds other switches of the same version')
      }
      logTaken(log, before, after)
    },
    onReturned: (returned, { version }) => {
      for (const before of returned) {
        log.info({ switch: before.id, version }, 'switch returned by itself: nobody confirmed it')
        audit
          ?.record({
            id: randomUUID(),
            phase: 'done',
            who: before.by,
            what: 'switch.returned',
            before,
            after: { version },
            why: 'nobody confirmed it in time',
          })
          .catch((error: unknown) => log.error({ err: error }, 'audit'))
      }
    },
  })
  await connection?.readyWithin(fleet?.store.patienceMs() ?? 0)
  await keeper.latest()
  registerSwitchMetrics(metrics.registry, () => stateCounts(keeper, policy))
  return {
    keeper,
    auditTo: (to) => {
      audit = to
    },
    degraded: () => (keeper.reachable() && !damaged && !unwritten ? [] : [SWITCHES]),
    close: async () => {
      await keeper.close()
      connection?.close()
    },
  }
}
