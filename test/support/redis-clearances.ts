import type { Clearance } from '../../src/core/challenge.ts'
import { createRedisClearances, type RedisClearances } from '../../src/store/redis-clearances.ts'
import { createRedisConnection, type RedisConnection } from '../../src/store/redis-connection.ts'
import type { RedisAddress } from '../../src/store/redis-address.ts'

const ROOT_KEY = new Uint8Array(32).fill(7)

/** Clearances of a fleet as one more process of it asks for them. */
export type ClearanceReplica = {
  readonly ledger: RedisClearances
  readonly connection: RedisConnection
}

/** Connects and waits until requests can be made; its owner closes the connection. */
export const connectClearances = async (
  address: RedisAddress,
  rootKey: Uint8Array = ROOT_KEY,
): Promise<ClearanceReplica> => {
  const connection = createRedisConnection(address)
  const ledger = createRedisClearances({
    connection,
    prefix: 'test',
    namespace: 'ours',
    rootKey,
    commandTimeoutMs: address.commandTimeoutMs,
  })
  await connection.readyWithin(10_000)
  return { ledger, connection }
}

/** Has so many claims made of one proof at once, by the replicas in turn, and counts what came of them. */
export const raceFor = async (
  replicas: readonly ClearanceReplica[],
  clearance: Clearance,
  claimants: number,
): Promise<{ readonly claimed: number; readonly spent: number }> => {
  const untilMs = clearance.atMs + 600_000
  const claims: Promise<string>[] = []
  for (let at = 0; at < claimants; at++) {
    // Each has its own idea of when it was passed.
    const mine = { ...clearance, atMs: clearance.atMs + at }
    const replica = replicas[at % replicas.length]
    if (replica !== undefined) claims.push(replica.ledger.claim(mine, untilMs))
  }
  const outcomes = await Promise.all(claims)
  const count = (word: string): number => outcomes.filter((outcome) => outcome === word).length
  return { claimed: count('claimed'), spent: count('spent') }
}
