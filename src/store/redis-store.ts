import type { Presence, SharedLedger } from '../core/ledger.ts'
import type { RedisAddress } from './redis-address.ts'
import { checkRedis } from './redis-check.ts'
import { createRedisConnection, type RedisConnection } from './redis-connection.ts'
import { createRedisLedger } from './redis-ledger.ts'
import { createRedisPresence } from './redis-presence.ts'
import { watchFleets } from './redis-fleets.ts'
import { createStoreKeys, fleetsKey } from './store-keys.ts'

/** Something about the store that an operator should know. Each is said at most once a second. */
export type StoreProblem =
  /** Counters that held something else and were begun anew. */
  | { readonly kind: 'repaired'; readonly counters: number }
  /** Replicas with another secret live under the same prefix. */
  | { readonly kind: 'other_fleet' }
  /** The connection is in a new kind of trouble; `text` is for the log. */
  | { readonly kind: 'connection'; readonly text: string }

/** Options of {@link createRedisStore}. */
export type RedisStoreOptions = {
  readonly address: RedisAddress
  /** What every key begins with; letters, digits, dot, dash, underscore. */
  readonly prefix: string
  /** A short keyed hash of the installation's secret: who has another one shares nothing. */
  readonly namespace: string
  /** Names this process among those of the fleet; new at every start. */
  readonly replicaId: string
  readonly onProblem?: (problem: StoreProblem) => void
  /** Milliseconds a running call counts without being held again; 6,000 unless told. */
  readonly leaseMs?: number
  /** Milliseconds a process counts as living after a beat; 5,000 unless told. */
  readonly lifeMs?: number
}

/** What a fleet shares by way of Redis. */
export type RedisStore = {
  /** One; 16 in a cluster, where a counter belongs to that at its `lo & 15`. */
  readonly ledgers: readonly SharedLedger[]
  readonly presence: Presence
  /**
   * What is wrong with this Redis for the purpose, as sentences for an operator; looks once connected,
   * or after 2 s. Never rejects.
   */
  check(): Promise<readonly string[]>
  state(): {
    readonly connected: boolean
    /** What last went wrong with the connection, for the log; `undefined` while it stands. */
    readonly trouble: string | undefined
    /** Counters repaired since the start. */
    readonly repaired: number
  }
  /** The connection, for what else is kept in the same place; `duplicate` it to block or subscribe. */
  readonly connection: RedisConnection
  close(): Promise<void>
}

const CLUSTER_TAGS = 16
const LEASE_MS = 6_000
const NAME = /^[\w.-]{1,64}$/
const QUIET_MS = 1_000
/** At the start of the program the connection is still being made. */
const CHECK_AFTER_MS = 2_000

/** Connects in the background; until that has come about every request fails as `unreachable`. */
export const createRedisStore = (options: RedisStoreOptions): RedisStore => {
  const { address, prefix, namespace, replicaId, leaseMs = LEASE_MS, lifeMs } = options
  const { onProblem = () => undefined } = options
  if (!NAME.test(prefix) || !NAME.test(namespace)) {
    throw new TypeError('the prefix or namespace of a store is not a name')
  }
  let repaired = 0
  let unsaid = 0
  let quietUntilMs = Number.NEGATIVE_INFINITY
  let troubleQuietUntilMs = Number.NEGATIVE_INFINITY

  const connection = createRedisConnection(address, (text) => {
    const nowMs = performance.now()
    if (nowMs < troubleQuietUntilMs) return
    troubleQuietUntilMs = nowMs + QUIET_MS
    onProblem({ kind: 'connection', text })
  })
  const onRepaired = (counters: number): void => {
    repaired += counters
    unsaid += counters
    const nowMs = performance.now()
    if (nowMs < quietUntilMs) return
    quietUntilMs = nowMs + QUIET_MS
    onProblem({ kind: 'repaired', counters: unsaid })
    unsaid = 0
  }

  const tags = address.at.kind === 'cluster' ? CLUSTER_TAGS : 1
  const keys = Array.from({ length: tags }, (_, tag) =>
    createStoreKeys(prefix, namespace, tag.toString(16)),
  )
  const [first] = keys
  if (first === undefined) throw new Error('a store without keys')
  const { commandTimeoutMs } = address
  const fleets = watchFleets({
    connection,
    key: fleetsKey(prefix),
    namespace,
    onOthers: () => onProblem({ kind: 'other_fleet' }),
  })
  return {
    ledgers: keys.map((each) =>
      createRedisLedger({
        connection,
        keys: each,
        replicaId,
        commandTimeoutMs,
        leaseMs,
        onRepaired,
      }),
    ),
    presence: createRedisPresence({
      connection,
      keys: first,
      replicaId,
      ...(lifeMs === undefined ? {} : { lifeMs }),
    }),
    check: async () => {
      await connection.readyWithin(CHECK_AFTER_MS)
      return checkRedis(connection, first.probe)
    },
    state: () => ({ connected: connection.ready(), trouble: connection.trouble(), repaired }),
    connection,
    close: () => {
      fleets.close()
      connection.close()
      return Promise.resolve()
    },
  }
}
