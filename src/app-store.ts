import { randomBytes } from 'node:crypto'
import type { Ground } from './app-ground.ts'
import { limitsKeyOf, type SharedLimitsParts } from './app-limits.ts'
import { gossipNote, storeNote, type Note } from './app-shared-words.ts'
import type { Gossip } from './core/gossip.ts'
import { CHALLENGE_COUNTS_TOPIC } from './challenges/challenge-counts-text.ts'
import { CLEARANCES_TOPIC } from './challenges/clearance-text.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import { DAY_MS } from './core/time.ts'
import type { AttemptsOptions } from './limits/attempts.ts'
import { redisOf } from './settings-store.ts'
import { SIGHTINGS_TOPIC } from './signals/sighting-learning.ts'
import { createLogSuppression } from './sinks/log-suppression.ts'
import type { RedisAddress } from './store/redis-address.ts'
import { createCommandClient } from './store/redis-connection.ts'
import { createRedisGossip } from './store/redis-gossip.ts'
import { createRedisStore } from './store/redis-store.ts'

const NAMESPACE_CHARS = 10
const REPLICA_ID_BYTES = 9
const PATIENCE_MS = 2_000
const IMPATIENCE_MS = 50

/** Where the store of a fleet is, and its part of it. */
export type StorePlace = {
  readonly address: RedisAddress
  readonly prefix: string
  /** A short keyed hash of the installation's secret. */
  readonly namespace: string
}

/** Where the store of the settings is; `undefined` where there is none. */
export const storePlace = ({
  settings,
  dataDir,
}: Pick<Ground, 'settings' | 'dataDir'>): StorePlace | undefined => {
  const redis = redisOf(settings.store)
  if (redis === undefined) return undefined
  const namespace = createKeyedHash(dataDir.rootKey, 'store')('namespace')
  return { ...redis, namespace: namespace.slice(0, NAMESPACE_CHARS) }
}

/** What this process shares with the other replicas. */
export type OpenStore = {
  readonly limits: Pick<
    SharedLimitsParts,
    'ledgers' | 'presence' | 'replicaId' | 'hashKey' | 'name'
  >
  /** Where everything else of the fleet is kept. */
  readonly place: StorePlace
  /** Where attempts of the whole fleet are counted. */
  readonly attempts: NonNullable<AttemptsOptions['shared']>
  /**
   * How long a part may wait at the start for a connection of its own: long while the store may still come,
   * hardly at all once it was waited for in vain, so that a start without a store is not the sum of all waits.
   */
  patienceMs(): number
  /** Begins to listen at once. */
  gossip(onDropped: () => void): Gossip
  close(): Promise<void>
}

/**
 * Connects to the store of the settings, in the background; `undefined` where there is none. What is
 * wrong with it for our purpose is logged once it was looked at.
 */
export const openStore = (ground: Ground): OpenStore | undefined => {
  const { dataDir, log } = ground
  const redis = storePlace(ground)
  if (redis === undefined) return undefined
  const { rootKey } = dataDir
  const { namespace } = redis
  const replicaId = randomBytes(REPLICA_ID_BYTES).toString('base64url')
  const suppression = createLogSuppression({ log })
  const say = ({ kind, level, fields, text }: Note): void =>
    suppression.note(kind, level, fields, text)
  const store = createRedisStore({
    ...redis,
    replicaId,
    onProblem: (problem) => say(storeNote(problem)),
  })
  void store.check().then((sentences) => sentences.forEach((sentence) => log.warn(sentence)))
  const { ledgers, presence } = store
  const openedMs = performance.now()
  const commands = createCommandClient(redis.address)
  return {
    limits: { ledgers, presence, replicaId, hashKey: limitsKeyOf(rootKey), name: 'store' },
    place: redis,
    attempts: {
      client: commands,
      prefix: `${redis.prefix}:1:${namespace}:attempts`,
    },
    patienceMs: () =>
      store.connection.ready()
        ? PATIENCE_MS
        : Math.max(IMPATIENCE_MS, PATIENCE_MS - (performance.now() - openedMs)),
    gossip: (onDropped) =>
      createRedisGossip({
        connect: () => store.connection.duplicate().client,
        prefix: redis.prefix,
        namespace,
        rootKey,
        historyMs: {
          [SIGHTINGS_TOPIC]: DAY_MS,
          [CLEARANCES_TOPIC]: DAY_MS,
          [CHALLENGE_COUNTS_TOPIC]: DAY_MS,
        },
        onTrouble: (trouble) => {
          if (trouble.kind === 'dropped') onDropped()
          say(gossipNote(trouble))
        },
      }),
    close: async () => {
      commands.disconnect()
      await store.close()
      suppression.close()
    },
  }
}
