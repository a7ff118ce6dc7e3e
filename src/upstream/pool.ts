import { buildConnector, Pool, type Dispatcher } from 'undici'
import type { UpstreamOptions } from './upstream-options.ts'

/** Connections to one upstream. */
export type UpstreamPool = {
  /** Put before the target of every call. */
  readonly pathPrefix: string
  /** Takes a place for a call; false where all are taken. */
  take(): boolean
  /** Gives a place back, once for each that was taken. */
  release(): void
  /** Sends one request once. Every end, failures included, comes through the handler. */
  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void
  /**
   * The error that tears a connection down this very moment, if one does. undici takes a reset for the
   * proper end of a body that only the end of its connection delimits; it is none.
   */
  resetting(): Error | undefined
  /** Lets calls under way finish, then closes. */
  close(): Promise<void>
  /** Closes at once; what is under way fails. */
  destroy(): Promise<void>
}

const MAX_HEADER_BYTES = 32 * 1024
/** Below the 5 s after which Node servers close an idle connection; a `keep-alive` hint overrides it. */
const KEEP_ALIVE_MS = 4_000
const KEEP_ALIVE_MAX_MS = 60_000

/**
 * A pool of HTTP/1.1 connections, one call at a time on each, nothing decompressed, redirected or sent
 * twice. Names are looked up for every new connection. Deadlines come from undici's coarse timers and
 * may fall up to a second late. Throws on a URL that is not plain http or https.
 */
export const createPool = (
  options: Pick<UpstreamOptions, 'url' | 'timeouts' | 'connections'>,
): UpstreamPool => {
  const url = new URL(options.url)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError('an upstream needs an http or https URL')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('the URL of an upstream has no user, query or fragment')
  }

  let resets = 0
  let reset: Error | undefined
  const connectPlainly = buildConnector({ allowH2: false, timeout: options.timeouts.connectMs })
  const connect: buildConnector.connector = (target, callback) => {
    connectPlainly(target, (...[error, socket]) => {
      if (error !== null) return callback(error, null)
      // First of the listeners: undici ends bodies from its own, within the same event.
      socket.on('error', (cause: Error) => {
        resets++
        reset = cause
        queueMicrotask(() => {
          if (--resets === 0) reset = undefined
        })
      })
      return callback(null, socket)
    })
  }

  const pool = new Pool(url.origin, {
    connections: options.connections,
    pipelining: 1,
    connect,
    allowH2: false,
    useMilo: false,
    headersTimeout: options.timeouts.firstByteMs,
    bodyTimeout: options.timeouts.idleMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  })

  let free = options.connections
  return {
    pathPrefix: url.pathname === '/' ? '' : url.pathname.replace(/\/$/, ''),
    take: () => {
      if (free === 0) return false
      free--
      return true
    },
    release: () => {
      free++
    },
    dispatch: (request, handler) => {
      pool.dispatch(request, handler)
    },
    resetting: () => reset,
    close: () => pool.close(),
    destroy: () => pool.destroy(),
  }
}
