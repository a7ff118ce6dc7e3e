import { Cluster, Redis } from 'ioredis'
import { LedgerFailure } from '../core/ledger.ts'
import { clusterOptions, redisOptions, type RedisAddress } from './redis-address.ts'
import { failureOf, isUnknownScript, wordsOf } from './redis-failure.ts'
import type { Script } from './script.ts'

/**
 * A connection to Redis on which nothing ever waits: while it is not there, requests fail at once, and
 * every request fails once its time is over.
 */
export type RedisConnection = {
  /** For commands that are not scripts; they have no deadline but the one `within` gives. */
  readonly client: Redis | Cluster
  ready(): boolean
  /** Resolves once it is ready, or after so many milliseconds. */
  readyWithin(ms: number): Promise<void>
  /**
   * Carries out a script with these keys. Rejects with {@link LedgerFailure}. Strings in the answer are
   * buffers.
   */
  run(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown>
  /** Waits for a request under way on `client`, but no longer than its time. */
  within<T>(request: Promise<T>): Promise<T>
  /** Another connection to the same place, for requests that block or subscribe. */
  duplicate(): RedisConnection
  /** What last went wrong with the connection; `undefined` while it stands. */
  trouble(): string | undefined
  close(): void
}

const NOT_THERE = 'not connected'
/** A connection that answers nothing for so long while it is asked is given up for a new one. */
const SILENCE_MS = 1_000

/** A plain client of the same place, each command of which fails after its time. Its owner disconnects it. */
export const createCommandClient = (address: RedisAddress): Redis | Cluster => {
  const { at, commandTimeoutMs: commandTimeout } = address
  const cluster = clusterOptions(address)
  const client =
    at.kind === 'cluster'
      ? new Cluster(
          at.nodes.map((node) => ({ ...node })),
          { ...cluster, redisOptions: { ...cluster.redisOptions, commandTimeout } },
        )
      : new Redis({ ...redisOptions(address), commandTimeout })
  // The connection for the counters tells of every trouble; without a listener this one would end the process.
  client.on('error', () => undefined)
  return client
}

/** Connects, again and again with growing pauses. `onTrouble` hears of each new trouble once. */
export const createRedisConnection = (
  address: RedisAddress,
  onTrouble: (text: string) => void = () => undefined,
): RedisConnection => {
  const { at, commandTimeoutMs } = address
  const client =
    at.kind === 'cluster'
      ? new Cluster(
          at.nodes.map((node) => ({ ...node })),
          clusterOptions(address),
        )
      : new Redis(redisOptions(address))
  let trouble: string | undefined = NOT_THERE
  let closed = false

  const heard = (error: unknown): void => {
    const words = wordsOf(error) || NOT_THERE
    if (words === trouble) return
    trouble = words
    onTrouble(words)
  }
  // Without a listener an error event would end the process.
  client.on('error', heard)
  client.on('node error', heard)
  client.on('ready', () => {
    trouble = undefined
  })
  client.on('close', () => {
    trouble ??= 'connection closed'
  })

  // Nodes of a cluster would connect at the first request, and fail all others until they have.
  client.on('+node', (node: Redis) => {
    if (node.status === 'wait') node.connect().catch(heard)
  })

  // A script is said in full the first time: its name alone might be unknown, and asked again it would
  // be carried out after what was asked since. Only a cache that is flushed under way leads to that.
  const said = new Set<string>()
  for (const change of ['close', '+node', '-node']) client.on(change, () => said.clear())

  const ready = (): boolean => client.status === 'ready'

  // A server may owe the rest of an answer for ever and keep the socket busy: then a new one is needed.
  let silentSinceMs: number | undefined
  const unanswered = (): void => {
    const nowMs = performance.now()
    silentSinceMs ??= nowMs
    if (closed || nowMs - silentSinceMs < SILENCE_MS) return
    silentSinceMs = undefined
    heard(new Error('no answer for too long'))
    client.disconnect(true)
  }

  const within = <T>(request: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      let answered = false
      const giveUp = (): void => {
        if (answered) return
        unanswered()
        reject(new LedgerFailure('timeout', `no answer from Redis in ${commandTimeoutMs} ms`))
      }
      // This process may itself have stood still: what lies in the socket by now is read before the end.
      const timer = setTimeout(() => void setImmediate(giveUp), commandTimeoutMs)
      request.then(
        (value) => {
          answered = true
          clearTimeout(timer)
          silentSinceMs = undefined
          resolve(value)
        },
        (error: unknown) => {
          answered = true
          clearTimeout(timer)
          reject(failureOf(error, true))
        },
      )
    })

  return {
    client,
    ready,
    readyWithin: (ms) =>
      new Promise((resolve) => {
        if (ready() || closed) return resolve()
        const done = (): void => {
          clearTimeout(timer)
          client.off('ready', done)
          client.off('end', done)
          resolve()
        }
        const timer = setTimeout(done, ms)
        client.on('ready', done)
        client.on('end', done)
      }),
    within,
    run: ({ sha, source }, keys, args) => {
      if (!ready()) {
        return Promise.reject(
          new LedgerFailure('unreachable', `Redis is not connected: ${trouble ?? client.status}`),
        )
      }
      const rest = [...keys, ...args]
      const place = `${sha} ${keys[0]}`
      if (!said.has(place)) {
        said.add(place)
        return within(client.callBuffer('eval', source, keys.length, ...rest))
      }
      const request = client
        .callBuffer('evalsha', sha, keys.length, ...rest)
        .catch((error: unknown) => {
          if (!isUnknownScript(error)) throw error
          return client.callBuffer('eval', source, keys.length, ...rest)
        })
      return within(request)
    },
    duplicate: () => createRedisConnection(address, onTrouble),
    trouble: () => (ready() ? undefined : (trouble ?? client.status)),
    close: () => {
      closed = true
      client.disconnect()
    },
  }
}
