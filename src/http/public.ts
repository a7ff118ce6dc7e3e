import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Guard } from '../guard/guard.ts'
import { NodeExchange } from './exchange.ts'
import { faultOfParserError, type ParserRefusal } from './parser-refusals.ts'

/** Options of the public listener. */
export type PublicOptions = {
  readonly guard: Guard
  readonly refuseUnparsed: ParserRefusal
  /** Limits of the HTTP parser and of slow clients. */
  readonly headersTimeoutMs?: number
  readonly requestTimeoutMs?: number
  readonly keepAliveTimeoutMs?: number
  readonly maxConnections?: number
}

/** A listener that can be drained. */
export type Listener = {
  /** Resolves with the bound address; port 0 picks a free one. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** Stops accepting, lets calls finish until `deadlineMs`, then cuts what is left. */
  drain(deadlineMs: number): Promise<void>
}

const MAX_HEADER_BYTES = 16 * 1024

/**
 * What Hono's adapter would rewrite or refuse by itself before any handler runs: absolute and odd
 * targets, odd hosts. Such requests go to the guard without it, so that they are answered in the
 * caller's dialect and recorded.
 */
const isPlain = ({ url = '', headers: { host = '' } }: IncomingMessage): boolean =>
  /^\/[\w\-./:~?=&%+,@$!*'()]*$/.test(url) && /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/i.test(host)

/**
 * The public listener: every request, whatever its path, goes to the guard. Node's parser stays strict;
 * what it refuses is answered in a dialect's shape and recorded as well.
 */
export const createPublicListener = (options: PublicOptions): Listener => {
  const { guard, refuseUnparsed } = options
  const exchanges = new WeakMap<Socket, NodeExchange>()

  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all('*', async (c) => {
    await handle(c.env.incoming, c.env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  const hono = getRequestListener(app.fetch, { overrideGlobalObjects: false })

  const handle = (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    expectsContinue = false,
  ): Promise<void> => {
    const exchange = new NodeExchange(incoming, outgoing, { expectsContinue })
    exchanges.set(incoming.socket, exchange)
    return guard(exchange)
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      requestTimeout: options.requestTimeoutMs ?? 60_000,
      keepAliveTimeout: options.keepAliveTimeoutMs ?? 65_000,
      connectionsCheckingInterval: 1_000,
      // The guard judges Host itself: Node would answer without a record.
      requireHostHeader: false,
      noDelay: true,
    },
    (incoming, outgoing) => {
      void (isPlain(incoming) ? hono(incoming, outgoing) : handle(incoming, outgoing))
    },
  )
  // The byte limit bounds headers; a count limit of Node's own would drop the later ones silently.
  server.maxHeadersCount = 0
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections
  server.on('checkContinue', (incoming, outgoing) => void handle(incoming, outgoing, true))
  server.on('checkExpectation', (incoming, outgoing) => void handle(incoming, outgoing))
  server.on('connect', (_incoming, socket) =>
    refuseUnparsed(socket as Socket, 'method_not_allowed'),
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const code = faultOfParserError(error)
    // The listener is a plain TCP one, so its sockets are net.Socket.
    const open = exchanges.get(socket as Socket)
    if (open !== undefined && !open.finished) {
      // A body that is still awaited fails as itself; anything after it cuts the answer under way.
      if (code !== undefined && open.failBody(code)) return
      socket.destroy()
    } else if (code === undefined) {
      socket.destroy()
    } else {
      refuseUnparsed(socket as Socket, code)
    }
  })

  return { listen: (host, port) => listen(server, host, port), drain: (ms) => drain(server, ms) }
}

/** Starts a server; rejects with the reason it could not. */
export const listen = (server: Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      // A TCP listener's address is an AddressInfo.
      resolve(server.address() as AddressInfo)
    })
  })

/** Closes a server: idle connections at once, busy ones when they are done or at the deadline. */
export const drain = (server: Server, deadlineMs: number): Promise<void> =>
  new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs)
    // A connection that was busy at the start becomes idle later and would stay open until its timeout.
    const sweep = setInterval(() => server.closeIdleConnections(), 100)
    server.close(() => {
      clearTimeout(deadline)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
