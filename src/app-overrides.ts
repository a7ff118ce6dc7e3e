import { join } from 'node:path'
import type { Ground } from './app-ground.ts'
import type { OpenStore } from './app-store.ts'
import type { Gossip } from './core/gossip.ts'
import type { OverrideLedger } from './core/override.ts'
import type { SignalSource } from './core/seams.ts'
import { createHealing } from './overrides/heal-overrides.ts'
import {
  createOverrideAdministration,
  type OverrideAdministration,
} from './overrides/override-administration.ts'
import { createOverrideSource } from './overrides/override-source.ts'
import { createOverrideTable, type OverrideTable } from './overrides/override-table.ts'
import { overrideTexts } from './overrides/override-text.ts'
import {
  openOwnOverrides,
  type OwnOverrides,
  type OwnOverridesProblem,
} from './overrides/own-overrides.ts'
import {
  createTellingOverrides,
  hearOverrides,
  takeOverrides,
} from './overrides/telling-overrides.ts'
import { createRedisConnection } from './store/redis-connection.ts'
import { createRedisOverrides } from './store/redis-overrides.ts'
import type { Channel } from './workers/channel.ts'
import { askOverrides } from './workers/override-desk.ts'

/** Name of this part in what is degraded, and of its file. */
const OVERRIDES = 'overrides'
/** How often a process looks for what it has not heard. */
const LOOK_MS = 1_000
const SWEEP_MS = 60_000

/** Overrides as a process sees them. */
export type OpenOverrides = {
  readonly table: OverrideTable
  readonly source: SignalSource
  /** What operators do with them; `undefined` in a worker, which has no admin listener. */
  readonly administration: OverrideAdministration | undefined
  /** A word for what this process knows, another one after each change. */
  revision(): string
  /** All that it knows, for a worker that starts. */
  texts(): readonly string[]
  degraded(): readonly string[]
  close(): Promise<void>
}

const OWN_WORDS: { readonly [K in OwnOverridesProblem['kind']]: string } = {
  overrides_damaged: 'some overrides could not be read and are forgotten; the file is kept aside',
  overrides_failing: 'overrides cannot be written down; none is set until they can',
  overrides_recovered: 'overrides are written down again',
}

/** What is the same wherever the truth is. */
const opened = (
  { clock }: Ground,
  table: OverrideTable,
  rest: Pick<OpenOverrides, 'degraded' | 'close'> & { readonly ledger: OverrideLedger | undefined },
): OpenOverrides => {
  const { ledger, ...others } = rest
  return {
    ...others,
    table,
    source: createOverrideSource({ table, clock }),
    administration: ledger && createOverrideAdministration({ ledger, table, clock }),
    revision: () => String(table.version()),
    texts: () => overrideTexts(table.all(clock.now())),
  }
}

const openFile = (
  { clock, dataDir, log }: Ground,
  table: OverrideTable,
): { readonly own: OwnOverrides; readonly failing: () => boolean } => {
  let failing = false
  const own = openOwnOverrides({
    file: join(dataDir.path, OVERRIDES),
    table,
    clock,
    onProblem: (problem) => {
      if (problem.kind !== 'overrides_damaged') failing = problem.kind === 'overrides_failing'
      log.warn({ ...problem }, OWN_WORDS[problem.kind])
    },
  })
  return { own, failing: () => failing }
}

/** Overrides that this process keeps alone, in a file; `others`, its workers, hear of what is new. */
export const openLoneOverrides = (ground: Ground, others?: Gossip): OpenOverrides => {
  const table = createOverrideTable()
  const { own, failing } = openFile(ground, table)
  const sweeping = setInterval(() => table.sweep(ground.clock.now()), SWEEP_MS).unref()
  return opened(ground, table, {
    ledger: createTellingOverrides({ ledger: own, table, gossip: others }),
    degraded: () => (failing() ? [OVERRIDES] : []),
    close: () => Promise.resolve(clearInterval(sweeping)),
  })
}

const junkOf =
  ({ suppression }: Ground) =>
  (rows: number): void =>
    suppression.note('overrides junk', 'warn', { rows }, 'overrides that were told are not sound')

/** Overrides as a worker sees them whose primary keeps them. */
export const openToldOverrides = (
  ground: Ground,
  parts: { readonly channel: Channel; readonly gossip: Gossip; readonly known: readonly string[] },
): OpenOverrides => {
  const { channel, gossip, known } = parts
  const table = createOverrideTable()
  for (const text of known) takeOverrides(table, text)
  hearOverrides(gossip, table, { refused: junkOf(ground) })
  let revision = ''
  let isLooking = false
  const look = async (): Promise<void> => {
    if (isLooking) return
    isLooking = true
    try {
      const answer = await askOverrides(channel, revision)
      for (const text of answer.texts) takeOverrides(table, text)
      revision = answer.revision
    } catch {
      // Those that are known hold; the next look is near.
    }
    isLooking = false
  }
  const looking = setInterval(() => {
    table.sweep(ground.clock.now())
    void look()
  }, LOOK_MS).unref()
  return opened(ground, table, {
    ledger: undefined,
    degraded: () => [],
    close: () => Promise.resolve(clearInterval(looking)),
  })
}

/**
 * Overrides of a fleet, in its store. The process that answers for its machine also keeps a copy in a file,
 * so that neither a wiped store nor a restart changes a verdict. Resolves once those in the store were looked
 * for; while it is away, those that are known hold and none can be set.
 */
export const openFleetOverrides = async (
  ground: Ground,
  parts: { readonly store: OpenStore; readonly gossip: Gossip; readonly known?: readonly string[] },
): Promise<OpenOverrides> => {
  const { clock, dataDir, log } = ground
  const { address, prefix, namespace } = parts.store.place
  const table = createOverrideTable()
  const file = dataDir.readOnly ? undefined : openFile(ground, table)
  for (const text of parts.known ?? []) takeOverrides(table, text)
  const connection = createRedisConnection(address)
  const redis = createRedisOverrides({ connection, prefix, namespace, rootKey: dataDir.rootKey })
  const keep = (): void => void file?.own.keep()
  const junk = junkOf(ground)
  hearOverrides(parts.gossip, table, { news: keep, refused: junk })
  const heal = createHealing({ shared: redis, table, now: () => clock.now() })
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    try {
      const healed = await heal()
      if (healed.news > 0) keep()
      if (healed.junk > 0) junk(healed.junk)
      if (healed.restored > 0) {
        log.warn({ restored: healed.restored }, 'overrides were missing in the store and are back')
      }
    } catch {
      // Those that are known hold; the next look is near.
    }
    looking = undefined
  }
  const lookOnce = (): Promise<void> =>
    connection.ready() ? (looking ??= look()) : Promise.resolve()
  await connection.readyWithin(parts.store.patienceMs())
  await lookOnce()
  const timer = setInterval(() => {
    table.sweep(clock.now())
    void lookOnce()
  }, LOOK_MS).unref()
  const ledger: OverrideLedger = {
    put: async (override) => {
      await redis.put(override)
      table.take(override)
      keep()
    },
    load: () => redis.load(),
  }
  return opened(ground, table, {
    ledger: dataDir.readOnly
      ? undefined
      : createTellingOverrides({ ledger, table, gossip: parts.gossip }),
    degraded: () => (connection.ready() && file?.failing() !== true ? [] : [OVERRIDES]),
    close: () => {
      clearInterval(timer)
      connection.close()
      return Promise.resolve()
    },
  })
}
