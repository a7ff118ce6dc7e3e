import type { Cluster, Redis } from 'ioredis'

/** A connection that is dropped and made anew when it does not answer in time. */
export type GossipLink = {
  readonly client: Redis | Cluster
  ready(): boolean
  /** Waits for a request on `client`; past its time the connection is taken for dead. */
  within<T>(request: Promise<T>, timeoutMs: number): Promise<T>
  close(): void
}

/** A link over a fresh client without a deadline for its commands: a reader blocks for seconds. */
export const createGossipLink = (connect: () => Redis | Cluster): GossipLink => {
  const client = connect()
  // Without a listener an error event would end the process; every command fails by itself.
  client.on('error', () => undefined)
  let closed = false
  return {
    client,
    ready: () => client.status === 'ready',
    within: (request, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error('no answer in time'))
          // What hangs in it would otherwise be answered, in the wrong order, much later.
          if (!closed) client.disconnect(true)
        }, timeoutMs)
        request.then(
          (value) => {
            clearTimeout(timer)
            resolve(value)
          },
          (error: unknown) => {
            clearTimeout(timer)
            reject(error instanceof Error ? error : new Error('refused'))
          },
        )
      }),
    close: () => {
      closed = true
      client.disconnect()
    },
  }
}
