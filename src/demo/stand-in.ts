import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DialectName } from '../core/call.ts'
import type { StandInAnswer } from './stand-in-answer.ts'
import { failAs } from './stand-in-failures.ts'
import { modelOf, replyTo } from './stand-in-reply.ts'
import { isObject, type StandInRequest } from './stand-in-request.ts'
import { switchesOf, type Switches } from './stand-in-switches.ts'

/** Options of {@link createStandIn}. */
type StandInOptions = {
  /** Pause before each piece of a stream but the first; none by default. */
  readonly chunkDelayMs?: number
  /** Pause before an answer, or the first piece of a stream; none by default. */
  readonly firstChunkDelayMs?: number
  /** 0, the default, takes a free port. */
  readonly port?: number
  /** Requests kept in `calls`, the latest ones; 256 by default. */
  readonly keep?: number
}

/** A request as it arrived, byte for byte. */
type RecordedCall = {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** A model API without a model, on the loopback address. */
export type StandIn = {
  readonly url: string
  /** The latest requests, oldest first. */
  readonly calls: readonly RecordedCall[]
  /** Answers under way. */
  openStreams(): number
  /** Cuts whatever is under way. */
  close(): Promise<void>
}

const MAX_BODY_BYTES = 64 * 1024 * 1024
const KEPT = 256

/** Paths tell, but for the list of models, which all three APIs have at the same place. */
const dialectOf = ({ pathname, searchParams }: URL, { headers }: IncomingMessage): DialectName => {
  if (pathname.startsWith('/v1beta/') || /:\w+$/.test(pathname)) return 'gemini'
  if (headers['x-goog-api-key'] !== undefined || searchParams.has('key')) return 'gemini'
  if (pathname.startsWith('/v1/messages')) return 'anthropic'
  return headers['anthropic-version'] === undefined ? 'openai' : 'anthropic'
}

const send = async (
  response: ServerResponse,
  answer: StandInAnswer,
  { slowness, halfway }: Switches,
  options: StandInOptions,
): Promise<void> => {
  const pause = async (ms: number | undefined): Promise<void> => {
    if (ms === undefined || ms === 0) return
    await new Promise<void>((resolve) => {
      const over = (): void => {
        clearTimeout(timer)
        response.off('close', over)
        resolve()
      }
      const timer = setTimeout(over, ms * slowness)
      response.on('close', over)
    })
  }
  await pause(options.firstChunkDelayMs)
  const { status, headers } = answer
  const pieces = 'pieces' in answer ? answer.pieces : [answer.body]
  const length =
    'pieces' in answer ? {} : { 'content-length': String(Buffer.byteLength(answer.body)) }
  response.writeHead(status, { ...headers, ...length })
  const until = halfway === undefined ? pieces.length : Math.ceil(pieces.length / 2)
  for (let i = 0; i < until && !response.destroyed; i++) {
    if (i > 0) await pause(options.chunkDelayMs)
    const piece = pieces[i] ?? ''
    const half = halfway !== undefined && pieces.length === 1
    response.write(half ? piece.slice(0, piece.length / 2) : piece)
  }
  if (halfway === 'cut') setImmediate(() => response.destroy())
  else if (halfway === undefined) response.end()
}

/**
 * Starts a stand-in for the three model APIs, for the demo and for tests: the wire formats of OpenAI,
 * Anthropic and Gemini, plain and streamed, with text that depends on the request alone. The name of a
 * model switches failures on (see {@link switchesOf}); nothing checks a credential.
 */
export const createStandIn = async (options: StandInOptions = {}): Promise<StandIn> => {
  const calls: RecordedCall[] = []
  let number = 0
  let open = 0

  const answer = (incoming: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const { method = '', url: target = '', rawHeaders } = incoming
    calls.push({ method, target, rawHeaders, body })
    if (calls.length > (options.keep ?? KEPT)) calls.shift()
    const url = new URL(target, 'http://stand-in')
    const request: StandInRequest = {
      dialect: dialectOf(url, incoming),
      method,
      path: url.pathname,
      query: url.searchParams,
      body: {},
      bodyBytes: body.length,
      number: ++number,
      atMs: Date.now(),
    }
    let parsed: unknown = {}
    try {
      if (body.length > 0) parsed = JSON.parse(body.toString())
    } catch {
      parsed = undefined
    }
    const whole = isObject(parsed) ? { ...request, body: parsed } : undefined
    const reply = whole === undefined ? failAs(request, 400) : replyTo(whole)
    void send(response, reply, switchesOf(whole && modelOf(whole)), options)
  }

  const server = createServer((incoming, response) => {
    open++
    response.on('error', () => {}).on('close', () => open--)
    const chunks: Buffer[] = []
    let sizeBytes = 0
    incoming
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length
        if (sizeBytes > MAX_BODY_BYTES) incoming.destroy()
        else chunks.push(chunk)
      })
      .on('end', () => answer(incoming, response, Buffer.concat(chunks)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    openStreams: () => open,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
