import { randomBytes } from 'node:crypto'
import type { Ground } from './app-ground.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import { redisOf } from './settings-store.ts'
import { createRedisStore, type RedisStore } from './store/redis-store.ts'

const NAMESPACE_CHARS = 10
const REPLICA_ID_BYTES = 9

/** The shared store of the settings and the name of this process in it. */
export type OpenStore = { readonly store: RedisStore; readonly replicaId: string }

/**
 * Connects to the store of the settings, in the background; `undefined` where there is none. What is
 * wrong with it for our purpose is logged once it was looked at.
 */
export const openStore = ({ settings, dataDir, log }: Ground): OpenStore | undefined => {
  const redis = redisOf(settings.store)
  if (redis === undefined) return undefined
  const replicaId = randomBytes(REPLICA_ID_BYTES).toString('base64url')
  const store = createRedisStore({
    ...redis,
    namespace: createKeyedHash(dataDir.rootKey, 'store')('namespace').slice(0, NAMESPACE_CHARS),
    replicaId,
    onProblem: (problem) => log.warn({ ...problem }, 'store'),
  })
  void store.check().then((sentences) => sentences.forEach((sentence) => log.warn(sentence)))
  return { store, replicaId }
}
