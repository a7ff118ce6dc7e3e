import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { Guard } from '../guard/guard.ts'
import type { BodyBudget } from './body-buffer.ts'
import type { ChallengeListener } from './challenges/listener.ts'
import { isOwnTarget } from './challenges/target.ts'
import { NodeExchange, type ExchangeOptions } from './exchange.ts'
import { faultOfParserError, type ParserRefusal } from './parser-refusals.ts'

/** Options of the public listener. */
export type PublicOptions = {
  readonly guard: Guard
  readonly refuseUnparsed: ParserRefusal
  /** Answers what is below `/.stillwatch`; without it the guard refuses that like any odd path. */
  readonly challenges?: ChallengeListener | undefined
  /** How long the head of a request may take; 10 s unless told. */
  readonly headersTimeoutMs?: number
  /** How long a body may take that is read whole; uploads have their own deadlines. 60 s unless told. */
  readonly bodyTimeoutMs?: number
  /** Connections open at a time; further ones are closed at once. Unbounded unless told. */
  readonly maxConnections?: number
  /** What bodies may fill all together. */
  readonly bodyBudget?: BodyBudget
}

/** How a drain went. */
export type Drained = {
  /** Connections whose calls were not done at the deadline. */
  readonly cut: number
}

/** A listener that can be drained. */
export type Listener = {
  /** Resolves with the bound address; port 0 picks a free one. */
  listen(host: string, port: number): Promise<AddressInfo>
  /** See {@link drain}; bodies that are still awaited at the deadline fail with fault `draining`. */
  drain: (deadlineMs: number, onDeadline?: () => Promise<void> | void) => Promise<Drained>
}

/** Above the 60 s after which common load balancers close idle connections, so that they do it first. */
const KEEP_ALIVE_MS = 65_000
const MAX_HEADER_BYTES = 16 * 1024
/** Answers to challenges have a few kilobytes. */
const OWN_BODY_TIMEOUT_MS = 10_000

/**
 * What Hono's adapter would rewrite or refuse by itself before any handler runs: absolute and odd
 * targets, odd hosts. Such requests go to the guard without it, so that they are answered in the
 * caller's dialect and recorded.
 */
const isPlain = ({ url = '', headers: { host = '' } }: IncomingMessage): boolean =>
  /^\/[\w\-./:~?=&%+,@$!*'()]*$/.test(url) && /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/i.test(host)

/**
 * The public listener: every request goes to the guard, whatever its path, except for what is our own
 * below `/.stillwatch`. Node's parser stays strict; what it refuses is answered in a dialect's shape and
 * recorded as well.
 */
export const createPublicListener = (options: PublicOptions): Listener => {
  const { guard, refuseUnparsed, challenges } = options
  const exchanges = new WeakMap<Socket, NodeExchange>()
  const sockets = new Set<Socket>()
  const listener = { draining: false }
  const { bodyBudget: budget, bodyTimeoutMs } = options
  const ordinary: ExchangeOptions = {
    listener,
    ...(budget && { budget }),
    ...(bodyTimeoutMs !== undefined && { bodyTimeoutMs }),
  }
  const expecting: ExchangeOptions = { ...ordinary, expectsContinue: true }
  const ownBodyTimeoutMs = Math.min(bodyTimeoutMs ?? OWN_BODY_TIMEOUT_MS, OWN_BODY_TIMEOUT_MS)

  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all('*', async (c) => {
    await handle(c.env.incoming, c.env.outgoing)
    return RESPONSE_ALREADY_SENT
  })
  const hono = getRequestListener(app.fetch, { overrideGlobalObjects: false })

  const handle = (
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    how: ExchangeOptions = ordinary,
  ): Promise<void> => {
    const own = challenges !== undefined && isOwnTarget(incoming.url ?? '')
    const bounded = own ? { ...how, bodyTimeoutMs: ownBodyTimeoutMs } : how
    const exchange = new NodeExchange(incoming, outgoing, bounded)
    exchanges.set(incoming.socket, exchange)
    return own ? challenges(exchange) : guard(exchange)
  }

  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: options.headersTimeoutMs ?? 10_000,
      // Node's own deadline covers uploads too, however steadily they come; bodies have one in the exchange.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
      // The guard judges Host itself: Node would answer without a record.
      requireHostHeader: false,
      noDelay: true,
    },
    (incoming, outgoing) => {
      const { url = '' } = incoming
      const direct = !isPlain(incoming) || (challenges !== undefined && isOwnTarget(url))
      void (direct ? handle(incoming, outgoing) : hono(incoming, outgoing))
    },
  )
  // The byte limit bounds headers; a count limit of Node's own would drop the later ones silently.
  server.maxHeadersCount = 0
  if (options.maxConnections !== undefined) server.maxConnections = options.maxConnections
  // Without it full workers pass a connection round and round between them. The types do not know it yet.
  Object.assign(server, { dropMaxConnection: true })
  server.on('checkContinue', (incoming, outgoing) => void handle(incoming, outgoing, expecting))
  server.on('checkExpectation', (incoming, outgoing) => void handle(incoming, outgoing))
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
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
      if (code === undefined || !open.received) socket.destroy()
      else refuseUnparsed(socket as Socket, code, { unanswered: true })
    } else if (code === undefined) {
      socket.destroy()
    } else {
      refuseUnparsed(socket as Socket, code)
    }
  })

  return {
    listen: (host, port) => listen(server, host, port),
    drain: (deadlineMs, onDeadline) => {
      listener.draining = true
      return drain(server, deadlineMs, () => {
        for (const socket of sockets) exchanges.get(socket)?.failBody('draining')
        return onDeadline?.()
      })
    },
  }
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

/** How long calls that were told to end at the deadline have for their last bytes. */
const LAST_BYTES_MS = 1_000

/**
 * Closes a server: idle connections at once, busy ones when they are done. At the deadline `onDeadline`
 * may end the calls under way; what is still open after it, or a second later, is cut. Never rejects.
 */
export const drain = (
  server: Server,
  deadlineMs: number,
  onDeadline?: () => Promise<void> | void,
): Promise<Drained> =>
  new Promise((resolve) => {
    let cut = 0
    let grace: NodeJS.Timeout | undefined
    const end = async (): Promise<void> => onDeadline?.()
    const late = (): void => {
      server.closeIdleConnections()
      server.getConnections((_error, open) => {
        cut = open
        grace = setTimeout(() => server.closeAllConnections(), onDeadline ? LAST_BYTES_MS : 0)
        // The connections themselves keep the process up.
        grace.unref()
        // A failure is its owner's to tell; the connections are cut all the same.
        void end().catch(() => undefined)
      })
    }
    const deadline = setTimeout(late, deadlineMs)
    // A connection that was busy at the start becomes idle later and would stay open until its timeout.
    const sweep = setInterval(() => server.closeIdleConnections(), 100)
    server.close(() => {
      clearTimeout(deadline)
      clearTimeout(grace)
      clearInterval(sweep)
      resolve({ cut })
    })
    server.closeIdleConnections()
  })
