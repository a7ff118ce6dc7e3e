import { hkdfSync } from 'node:crypto'
import { openFleetSize } from './app-fleet-size.ts'
import type { Ground } from './app-ground.ts'
import type { OpenPressure } from './app-pressure.ts'
import { limitsNote } from './app-shared-words.ts'
import type { Presence, SharedLedger } from './core/ledger.ts'
import type { Limiter } from './core/seams.ts'
import { createEmbeddedLimiter, type EmbeddedLimiter } from './limits/embedded-limiter.ts'
import type { HashKey } from './limits/fingerprint.ts'
import { createFleetLimiter } from './limits/fleet/limiter.ts'
import type { FleetState } from './limits/fleet/state.ts'
import { registerFleetMetrics } from './sinks/fleet-metrics.ts'
import { createLogSuppression } from './sinks/log-suppression.ts'
import type { Metrics } from './sinks/metrics.ts'

/** The limits of a process, wherever they are kept. */
export type OpenLimits<L extends Limiter = Limiter> = {
  readonly limiter: L
  /** Names of the parts that do not work as they should. */
  degraded(): readonly string[]
  /** How this process stands with the others; `undefined` where it counts alone. */
  fleet(): FleetState | undefined
  close(): Promise<void>
}

/** Limits that this process counts alone, with a journal in the data folder. */
export const openOwnLimits = ({
  settings,
  dataDir,
  clock,
  log,
}: Ground): OpenLimits<EmbeddedLimiter> => {
  const trouble = new Set<string>()
  const limiter = createEmbeddedLimiter({
    clock,
    dir: dataDir.path,
    maxKeys: settings.limits.max_keys,
    onProblem: (problem) => {
      if (problem.kind === 'journal_failing') trouble.add('limits-journal')
      if (problem.kind === 'journal_recovered') trouble.delete('limits-journal')
      log.warn({ ...problem }, 'limits')
    },
  })
  return {
    limiter,
    degraded: () => [...trouble],
    fleet: () => undefined,
    close: () => limiter.close(),
  }
}

/** The key under which all who know the root key find the same counters. */
export const limitsKeyOf = (rootKey: Uint8Array): HashKey => {
  const bytes = new DataView(hkdfSync('sha256', rootKey, '', 'stillwatch limits', 8))
  return { k0: bytes.getInt32(0), k1: bytes.getInt32(4) }
}

/** What limits are shared by. */
export type SharedLimitsParts = {
  readonly ledgers: readonly SharedLedger[]
  readonly presence: Presence
  readonly replicaId: string
  readonly hashKey: HashKey
  /** How this process speaks of the counters when they fail: `store`, or `primary`. */
  readonly name: string
  readonly metrics: Metrics
  /** What the processes tell each other beside. */
  readonly pressure: OpenPressure
}

/**
 * Limits that are counted elsewhere, with their insurance in this process. Resolves once the counters
 * were asked for the first time, also where they did not answer.
 */
export const openSharedLimits = async (
  ground: Ground,
  { name, metrics, pressure, ...shared }: SharedLimitsParts,
): Promise<OpenLimits> => {
  const { settings, clock, log } = ground
  const notes = createLogSuppression({ log })
  let told: boolean | undefined
  const size = openFleetSize(ground)
  const { note, onReplicas } = pressure.voice(shared.replicaId)
  const limiter = createFleetLimiter({
    ...shared,
    note,
    knownBefore: size.knownBefore,
    onReplicas: (replicas) => {
      size.heard(replicas.length)
      onReplicas(replicas)
    },
    clock,
    maxKeys: settings.limits.max_keys,
    onChange: ({ degraded, replicas }) => {
      // In a cluster each part of the counters changes by itself.
      if (degraded === told) return
      told = degraded
      log[degraded ? 'warn' : 'info'](
        { degraded, replicas },
        degraded
          ? `limits go on by the share of this process, 1/${replicas} of every quota; no call fails of it`
          : 'limits are shared',
      )
    },
    onProblem: (problem) => {
      const { kind, level, fields, text } = limitsNote(problem)
      notes.note(kind, level, fields, text)
    },
    onFull: () => log.warn({ max_keys: settings.limits.max_keys }, 'limits: all keys are taken'),
  })
  registerFleetMetrics(metrics.registry, () => limiter.state())
  await limiter.ready()
  return {
    limiter,
    degraded: () => (limiter.state().degraded ? [name] : []),
    fleet: () => limiter.state(),
    close: async () => {
      await limiter.close()
      notes.close()
    },
  }
}

/** The limits of a process that is no worker: in the store where there is one, else its own. */
export const openLimits = async (
  ground: Ground,
  {
    store,
    ...rest
  }: {
    readonly store: Omit<SharedLimitsParts, 'pressure' | 'metrics'> | undefined
  } & Pick<SharedLimitsParts, 'pressure' | 'metrics'>,
): Promise<OpenLimits> =>
  store === undefined ? openOwnLimits(ground) : openSharedLimits(ground, { ...store, ...rest })
