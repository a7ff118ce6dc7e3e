import cluster from 'node:cluster'
import type { Wire } from './channel.ts'

/** Whether this process is a worker, started by a primary. */
export const isWorker = (): boolean => cluster.isWorker

/**
 * The wire of a worker to its primary. A primary that is gone ends the worker by itself: Node.js exits a
 * worker whose channel closes without being asked to.
 */
export const ownWire = (): Wire => ({
  send: (message, sent) => {
    if (process.send === undefined || !process.connected) sent(new Error('no primary'))
    else process.send(message, undefined, undefined, sent)
  },
  received: (listener) => void process.on('message', listener),
  closed: (listener) => void process.on('disconnect', listener),
})
