import type { RedisConnection } from './redis-connection.ts'
import { failureOf, wordsOf } from './redis-failure.ts'
import { scriptText, type Script } from './script.ts'

const OLDEST_MAJOR = 6

/** The fields of an INFO answer. */
const fieldsOf = (info: string): ReadonlyMap<string, string> =>
  new Map(
    info.split('\r\n').flatMap((line) => {
      const at = line.indexOf(':')
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const]
    }),
  )

const evictionFlaw = (memory: ReadonlyMap<string, string>): string | undefined => {
  const policy = memory.get('maxmemory_policy') ?? ''
  if (!(Number(memory.get('maxmemory')) > 0)) return undefined
  if (!policy.startsWith('allkeys-') && !policy.startsWith('volatile-')) return undefined
  return `store: Redis may evict counters and marks (maxmemory-policy is ${wordsOf(policy)}), which lifts limits and loses marks of campaigns; set maxmemory-policy noeviction in a Redis of its own`
}

const versionFlaw = (server: ReadonlyMap<string, string>): string | undefined => {
  const version = server.get('valkey_version') ?? server.get('redis_version') ?? ''
  const major = Number.parseInt(version, 10)
  return major >= OLDEST_MAJOR
    ? undefined
    : `store: Redis ${wordsOf(version) || 'of an unknown version'} was never tried; use Redis 6.2 or later, or Valkey`
}

/** Everything the scripts call, tried on a key of its own. */
const PROBE: Script = scriptText(`
  redis.call('TIME') redis.call('MGET', KEYS[1]) redis.call('EXISTS', KEYS[1])
  redis.call('SET', KEYS[1], struct.pack('<d', 1), 'PX', 1000) redis.call('PEXPIRE', KEYS[1], 1000)
  redis.call('DEL', KEYS[1]) redis.call('HSET', KEYS[1], 'a', 'b') redis.call('TYPE', KEYS[1])
  redis.call('HGETALL', KEYS[1]) redis.call('HDEL', KEYS[1], 'a')
  return 'fine'`)

const scriptFlaw = async (
  connection: RedisConnection,
  key: string,
): Promise<string | undefined> => {
  try {
    await connection.run(PROBE, [key], [])
    return undefined
  } catch (error) {
    const { kind, message } = failureOf(error, true)
    if (kind !== 'refused') return `store: ${message}; limits go on in each process alone`
    return `store: limits cannot be shared, each process goes on alone: ${message}; give the user +eval +evalsha and read and write commands on the keys of the prefix`
  }
}

/**
 * What is wrong with a Redis for the purpose of limits, as sentences for an operator; empty where
 * nothing is. `key` is a free one. Never rejects: a Redis that cannot be asked is a sentence too.
 */
export const checkRedis = async (
  connection: RedisConnection,
  key: string,
): Promise<readonly string[]> => {
  const scripts = await scriptFlaw(connection, key)
  try {
    const [server, memory] = await connection.within(
      Promise.all([connection.client.info('server'), connection.client.info('memory')]),
    )
    return [scripts, versionFlaw(fieldsOf(server)), evictionFlaw(fieldsOf(memory))].filter(
      (flaw) => flaw !== undefined,
    )
  } catch (error) {
    const { kind, message } = failureOf(error, true)
    // Many hosted servers refuse INFO to ordinary users.
    const unseen =
      kind === 'refused'
        ? [
            `store: cannot see whether Redis may evict counters and marks (${message}); make sure that maxmemory-policy is noeviction`,
          ]
        : []
    return [...(scripts === undefined ? [] : [scripts]), ...unseen]
  }
}
