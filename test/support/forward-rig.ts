import { createServer, request, type IncomingMessage } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { causeCodeOf } from '../../src/core/cause-code.ts'
import type { Ask, Call } from '../../src/core/call.ts'
import { Fault, toFault, type FaultCode } from '../../src/core/fault.ts'
import type { Dialect, Ending, Passage } from '../../src/core/seams.ts'
import { NodeExchange } from '../../src/http/exchange.ts'
import { createUpstreams, type UpstreamsOptions } from '../../src/upstream/forward.ts'
import type { UpstreamOptions, UpstreamProblem } from '../../src/upstream/upstream-options.ts'
import { aCall } from './a-call.ts'
import { plainDialect } from './plain-dialect.ts'

/** How one call went, seen from the guard's side. */
export type Journey = {
  chosen?: string
  upstreamStatus?: number
  firstBytes: number
  ending?: Ending
  rejected?: FaultCode
  /** Machine word for why it was. */
  rejectedFor?: string | undefined
}

/** What a caller got: the bytes, and whether the answer ended as HTTP says it must. */
export type Got = {
  readonly status: number
  readonly headers: readonly string[]
  readonly text: string
  readonly bytes: Buffer
  readonly trailers: readonly string[]
  readonly whole: boolean
}

/** What a test may change. */
export type RigOptions = {
  readonly url: string
  readonly upstream?: Partial<UpstreamOptions>
  readonly upstreams?: Partial<UpstreamsOptions>
  readonly dialect?: Partial<Dialect>
  /** Reads each request with the dialect, instead of taking every one for the same call. */
  readonly reads?: boolean
  readonly call?: Partial<Omit<Call, 'ask'>> & { readonly ask?: Partial<Ask> }
  readonly addedHeaders?: readonly string[]
}

/** Deadlines that let a test of a deadline end soon; undici rounds them up to about a second. */
export const SHORT = { connectMs: 400, firstByteMs: 400, idleMs: 400 } as const
const LONG = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 10_000 } as const

/**
 * A listener that forwards whatever it gets to one upstream through the real path and the real
 * exchange, without a guard: a fault before the head is answered with its status and code.
 */
export const createForwardRig = async (options: RigOptions) => {
  const dialect = plainDialect(options.dialect)
  const problems: UpstreamProblem[] = []
  const upstreams = createUpstreams({
    upstreams: [
      {
        id: 'main',
        url: options.url,
        dialect: dialect.name,
        models: ['*'],
        credential: 'pass',
        timeouts: LONG,
        connections: 64,
        ...options.upstream,
      },
    ],
    dialects: { openai: dialect, anthropic: dialect, gemini: dialect },
    askForUsage: false,
    onProblem: (problem) => problems.push(problem),
    ...options.upstreams,
  })
  const journeys: Journey[] = []
  const sockets = new Set<Socket>()

  const server = createServer((incoming, outgoing) => {
    const exchange = new NodeExchange(incoming, outgoing)
    const journey: Journey = { firstBytes: 0 }
    journeys.push(journey)
    const path = exchange.target.split('?')[0] ?? ''
    const plain = {
      method: exchange.method,
      path,
      target: exchange.target,
      rawHeaders: exchange.rawHeaders,
      dialect: dialect.name,
    }
    const passage: Passage = {
      rawHeaders: options.addedHeaders ?? [],
      limits: [],
      chosen: (id) => (journey.chosen = id),
      answered: (status) => (journey.upstreamStatus = status),
      firstByte: () => journey.firstBytes++,
    }
    const forward = async (): Promise<Ending> => {
      const body = await exchange.readBody(1_000_000)
      const route = dialect.route(exchange.method, path)
      if (route === undefined || route === 'method_not_allowed') throw new Fault('unknown_route')
      const json: unknown = JSON.parse(Buffer.from(body).toString())
      const ask = dialect.ask(route, json, body.length)
      return upstreams.forward(aCall({ ...plain, route, ask, body }), exchange, passage)
    }
    void (
      options.reads === true
        ? forward()
        : upstreams.forward(aCall({ ...plain, ...options.call }), exchange, passage)
    ).then(
      (ending) => (journey.ending = ending),
      (thrown: unknown) => {
        const fault = toFault(thrown)
        journey.rejected = fault.code
        journey.rejectedFor = causeCodeOf(fault.cause)
        const { status, rawHeaders, body } = dialect.refuse({
          status: fault.status,
          code: fault.code,
          message: '',
          id: '',
        })
        exchange.start(status, rawHeaders)
        exchange.end(body)
      },
    )
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo

  const open = (
    changes: {
      readonly method?: string
      readonly path?: string
      readonly headers?: readonly string[]
      readonly body?: string | Uint8Array
    } = {},
  ) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      method: changes.method ?? 'POST',
      path: changes.path ?? '/v1/chat/completions',
      agent: false,
      headers: [...(changes.headers ?? []), 'host', 'guard.test'],
    })
    return sent
  }

  return {
    port,
    journeys,
    problems,
    upstreams,
    open,
    /** Sends a request and takes the whole answer, cut or not. */
    ask: async (changes: Parameters<typeof open>[0] = {}): Promise<Got> => {
      const sent = open(changes)
      const answer = new Promise<IncomingMessage>((resolve, reject) => {
        sent.on('response', resolve).on('error', reject)
      })
      sent.end(changes.body)
      return takeAnswer(await answer)
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      await upstreams.close()
    },
  }
}

/** A rig, closed by the test's end. */
export type ForwardRig = Awaited<ReturnType<typeof createForwardRig>>

/** Reads an answer to its end or its break. */
export const takeAnswer = (response: IncomingMessage): Promise<Got> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    const done = (): void => {
      const bytes = Buffer.concat(chunks)
      resolve({
        status: response.statusCode ?? 0,
        headers: response.rawHeaders,
        text: bytes.toString(),
        bytes,
        trailers: response.rawTrailers,
        whole: response.complete,
      })
    }
    response
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => {})
      .on('close', done)
  })
