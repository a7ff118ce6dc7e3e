import {
  createFleetLimiter,
  type FleetLimiter,
  type FleetLimiterOptions,
} from '../../src/limits/fleet/limiter.ts'
import type { FleetProblem } from '../../src/limits/fleet/state.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'
import { createRedisStore, type RedisStore } from '../../src/store/redis-store.ts'
import { startFaultProxy, type FaultProxy, type WireFault } from './fault-proxy.ts'
import { addressOf, startRedis, type RedisServer } from './redis-server.ts'
import { until } from './wait.ts'

/** One process of a fleet, as far as limits go, with a connection of its own. */
export type FleetMember = {
  readonly limiter: FleetLimiter
  readonly store: RedisStore
  close(): Promise<void>
}

/** Several of them that share one place. */
export type Fleet = {
  readonly members: readonly FleetMember[]
  readonly problems: readonly FleetProblem[]
  /** Members of which a part is not trusted. */
  readonly degraded: () => number
  /** Resolves once every member trusts every part, and sees the others. */
  shared(): Promise<void>
  close(): Promise<void>
}

const HASH_KEY = { k0: 41, k1: -23 }

type LimiterOptions = Pick<Partial<FleetLimiterOptions>, 'timings' | 'maxKeys' | 'onProblem'>

const createMember = (
  store: RedisStore,
  replicaId: string,
  over: LimiterOptions = {},
): FleetMember => {
  const limiter = createFleetLimiter({
    ledgers: store.ledgers,
    presence: store.presence,
    replicaId,
    hashKey: HASH_KEY,
    clock: { now: () => Date.now() },
    maxKeys: 10_000,
    ...over,
  })
  return {
    limiter,
    store,
    close: async () => {
      await limiter.close()
      await store.close()
    },
  }
}

const storeOf = (address: RedisAddress, replicaId: string): RedisStore =>
  createRedisStore({ address, prefix: 'test', namespace: 'fleet', replicaId })

/** One more member of the fleet at this address, which begins once it is connected. */
export const joinFleet = async (address: RedisAddress, replicaId: string): Promise<FleetMember> => {
  const store = storeOf(address, replicaId)
  await store.connection.readyWithin(5_000)
  const member = createMember(store, replicaId)
  await member.limiter.ready()
  return member
}

/** Starts one member for each address, with real timings unless told. */
export const startFleet = async (
  addresses: readonly RedisAddress[],
  over: Omit<LimiterOptions, 'onProblem'> = {},
): Promise<Fleet> => {
  const problems: FleetProblem[] = []
  const members = addresses.map((address, at): FleetMember => {
    const replicaId = `replica-${at}`
    return createMember(storeOf(address, replicaId), replicaId, {
      onProblem: (problem) => problems.push(problem),
      ...over,
    })
  })
  const degraded = (): number => members.filter(({ limiter }) => limiter.state().degraded).length
  const fleet: Fleet = {
    members,
    problems,
    degraded,
    shared: async () => {
      await until('a fleet that shares', () =>
        members.every(({ limiter }) => {
          const { degraded: alone, replicas } = limiter.state()
          return !alone && replicas === members.length
        }),
      )
    },
    close: async () => {
      await Promise.all(members.map((member) => member.close()))
    },
  }
  await fleet.shared()
  return fleet
}

/** A fleet of three on one real server, each member over a wire of its own. */
export type WiredFleet = Fleet & {
  readonly server: RedisServer
  readonly wires: readonly FaultProxy[]
  readonly setWires: (fault: WireFault) => void
}

export const startWiredFleet = async (
  options: {
    readonly args?: readonly string[] | undefined
    /** What is done to the server before the fleet is there. */
    readonly before?: ((server: RedisServer) => Promise<unknown>) | undefined
    readonly commandTimeoutMs?: number
  } = {},
): Promise<WiredFleet> => {
  const server = await startRedis(options.args)
  await options.before?.(server)
  const wires = await Promise.all(Array.from({ length: 3 }, () => startFaultProxy(server.port)))
  const fleet = await startFleet(
    wires.map(({ port }) => addressOf(port, { commandTimeoutMs: options.commandTimeoutMs ?? 50 })),
  )
  return {
    ...fleet,
    server,
    wires,
    setWires: (fault) => {
      for (const wire of wires) wire.set(fault)
    },
    close: async () => {
      await fleet.close()
      await Promise.all(wires.map((wire) => wire.close()))
      await server.stop()
    },
  }
}

/** Keys of a server, all unless told, and the milliseconds they still live; -1 where for ever. */
export const keysOf = async (
  { admin }: Pick<RedisServer, 'admin'>,
  pattern = '*',
): Promise<ReadonlyMap<string, number>> => {
  const keys = new Map<string, number>()
  let cursor = '0'
  do {
    const [next, some] = await admin.scan(cursor, 'MATCH', pattern, 'COUNT', 1_000)
    const lives = await Promise.all(some.map((key) => admin.pttl(key)))
    // What expired between the two questions is none.
    for (const [at, key] of some.entries()) if (lives[at] !== -2) keys.set(key, lives[at] ?? -1)
    cursor = next
  } while (cursor !== '0')
  return keys
}
