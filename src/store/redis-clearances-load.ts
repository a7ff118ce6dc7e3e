import { Cluster, type Redis } from 'ioredis'
import type { Clearance } from '../core/challenge.ts'
import { LedgerFailure } from '../core/ledger.ts'
import type { RedisConnection } from './redis-connection.ts'

const PAGE = 1_000
const AT_ONCE = 32

/** Keys of one server that begin so, page by page. */
async function* keysOf(
  connection: RedisConnection,
  server: Redis,
  start: string,
): AsyncGenerator<readonly string[]> {
  let cursor = '0'
  do {
    const [next, keys] = await connection.within(
      server.scan(cursor, 'MATCH', `${start}*`, 'COUNT', PAGE),
    )
    cursor = next
    yield keys
  } while (cursor !== '0')
}

/**
 * Reads all clearances by a walk over all keys of all servers, a page at a time. `start` holds no letter
 * that a pattern gives a meaning.
 */
export const loadClearances = async (options: {
  readonly connection: RedisConnection
  readonly start: string
  readonly read: (key: string) => Promise<readonly Clearance[]>
  readonly most: number
}): Promise<readonly Clearance[]> => {
  const { connection, start, read, most } = options
  const { client } = connection
  if (!connection.ready()) throw new LedgerFailure('unreachable', 'Redis is not connected')
  const servers = client instanceof Cluster ? client.nodes('master') : [client]
  const loaded: Clearance[] = []
  for (const server of servers) {
    for await (const keys of keysOf(connection, server, start)) {
      for (let from = 0; from < keys.length; from += AT_ONCE) {
        const some = await Promise.all(keys.slice(from, from + AT_ONCE).map(read))
        loaded.push(...some.flat())
        if (loaded.length >= most) return loaded.slice(0, most)
      }
    }
  }
  return loaded
}
