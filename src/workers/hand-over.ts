import type { Worker } from 'node:cluster'

type Send = Worker['process']['send']

/** The part of an accepted connection's handle that is used here. */
type Handle = { close(): void }

const isHandle = (value: unknown): value is Handle =>
  typeof (value as Partial<Handle> | undefined)?.close === 'function'

/** Fields of the messages by which Node.js hands a connection to a worker, and the worker says it has it. */
type ClusterMessage = { readonly cmd?: unknown; readonly seq?: unknown; readonly ack?: unknown }

/**
 * Ends the connections that were handed to a worker which died before it took them. Node.js forgets those
 * (lib/internal/cluster/round_robin_handle.js, v24: its copy of the handle is closed by the worker's answer
 * alone), so that their clients would wait for ever. They are ended and not handed to another worker: the
 * dead one may have read the first half of a request.
 */
export const endUntaken = (worker: Worker): void => {
  const child = worker.process
  const untaken = new Map<unknown, Handle>()
  const send = child.send.bind(child)
  const tracked: Send = (...sent: readonly unknown[]) => {
    const [message, handle] = sent
    const { cmd, seq } = (message ?? {}) as ClusterMessage
    if (cmd === 'NODE_CLUSTER' && isHandle(handle)) untaken.set(seq, handle)
    // The same arguments in the same order; the overloads of `send` cannot be spread.
    return Reflect.apply(send, child, sent) as boolean
  }
  child.send = tracked
  child.on('internalMessage', ({ ack }: ClusterMessage) => untaken.delete(ack))
  child.on('exit', () => {
    for (const handle of untaken.values()) handle.close()
    untaken.clear()
  })
}
