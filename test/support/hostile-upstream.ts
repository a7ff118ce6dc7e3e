import { createServer, type AddressInfo, type Socket } from 'node:net'

/** What an upstream does with the first request it reads on a connection; it may answer with raw bytes. */
export type Misbehaviour = (socket: Socket, request: Buffer) => void

const crlf = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`
const head = (...lines: readonly string[]): string => `${crlf(...lines)}\r\n`

const OK = 'HTTP/1.1 200 OK'
const JSON_TYPE = 'content-type: application/json'
const SSE_TYPE = 'content-type: text/event-stream'
const CHUNKED = 'transfer-encoding: chunked'

/** A chunk of chunked coding. */
export const chunkOf = (data: string): string =>
  `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`

/** The first bytes of a healthy stream: head and one event. */
export const STREAM_START: string =
  head(OK, SSE_TYPE, CHUNKED) + chunkOf('data: {"choices":[]}\n\n')

/** Writes now and cuts the connection with a reset once the bytes are on their way. */
const thenReset = (socket: Socket, bytes: string): void => {
  socket.write(bytes, () => setImmediate(() => socket.resetAndDestroy()))
}

/** Writes again and again, as fast as the other side takes it, until it closes. */
const forEver = (socket: Socket, bytes: string): void => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.on('drain', more)
  more()
}

/** Everything a model API or what stands in its place was seen to do wrong, one thing each. */
export const MISBEHAVIOURS = {
  hangs: () => {},
  resetsBeforeHead: (socket) => socket.resetAndDestroy(),
  closesBeforeHead: (socket) => socket.end(),
  sendsHalfAHead: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-ty'),
  resetsMidStream: (socket) => thenReset(socket, STREAM_START),
  resetsMidUnframedBody: (socket) =>
    thenReset(socket, head(OK, SSE_TYPE, 'connection: close') + 'data: {"choices":[]}\n\n'),
  closesMidStream: (socket) => socket.end(STREAM_START),
  stallsMidStream: (socket) => socket.write(STREAM_START),
  neverEnds: (socket) => {
    socket.write(head(OK, SSE_TYPE, CHUNKED))
    forEver(socket, chunkOf('data: {"choices":[]}\n\n'))
  },
  sendsTooManyHeaders: (socket) =>
    socket.end(
      head(OK, ...Array.from({ length: 400 }, (_, i) => `x-${i}: 1`), 'content-length: 2') + '{}',
    ),
  sendsEndlessHeaders: (socket) => {
    socket.write(crlf(OK))
    forEver(socket, `x-bomb: ${'a'.repeat(1000)}\r\n`)
  },
  floodsWithInterimAnswers: (socket) =>
    forEver(socket, head('HTTP/1.1 103 Early Hints', 'link: </a>; rel=preload')),
  continuesUnasked: (socket) =>
    socket.end(head('HTTP/1.1 100 Continue') + head(OK, JSON_TYPE, 'content-length: 2') + '{}'),
  switchesProtocols: (socket) =>
    socket.write(
      head('HTTP/1.1 101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'),
    ),
  sendsInvalidChunk: (socket) => socket.end(`${STREAM_START}zz\r\nnot a chunk\r\n`),
  sendsEndlessChunkExtension: (socket) => {
    socket.write(`${STREAM_START}5`)
    forEver(socket, `;${'e'.repeat(1000)}`)
  },
  sendsTooFewBytes: (socket) =>
    socket.end(head(OK, JSON_TYPE, 'content-length: 100') + '{"input":1}'),
  sendsTooManyBytes: (socket) =>
    socket.end(
      head(OK, JSON_TYPE, 'content-length: 2') +
        `{}${head(OK, 'content-length: 4', 'x-evil: 1')}evil`,
    ),
  sendsTwoLengths: (socket) =>
    socket.end(head(OK, JSON_TYPE, 'content-length: 2', 'content-length: 12') + '{}'),
  sendsLengthAndChunks: (socket) =>
    socket.end(
      head(OK, JSON_TYPE, 'content-length: 2', CHUNKED) + chunkOf('{"a":1}') + '0\r\n\r\n',
    ),
  sendsUnknownTransferCoding: (socket) =>
    socket.end(head(OK, JSON_TYPE, 'transfer-encoding: gzip') + 'not gzip at all'),
  splitsTheResponse: (socket) =>
    socket.end(head(OK, JSON_TYPE, 'x-a: 1\rset-cookie: a=b', 'content-length: 2') + '{}'),
  sendsControlCharacters: (socket) =>
    socket.end(head(OK, JSON_TYPE, 'x-a: \u0001\u0000', 'content-length: 2') + '{}'),
  answersGarbage: (socket) => socket.end('SSH-2.0-OpenSSH_9.2p1 Debian\r\n'),
  answersAnHtmlError: (socket) => {
    const page = '<html><body><h1>502 Bad Gateway</h1></body></html>'
    socket.end(
      head(
        'HTTP/1.1 502 Bad Gateway',
        'content-type: text/html',
        `content-length: ${page.length}`,
      ) + page,
    )
  },
  sendsTrailers: (socket) =>
    socket.end(
      head(OK, JSON_TYPE, CHUNKED, 'trailer: x-evil') + chunkOf('{}') + '0\r\nx-evil: 1\r\n\r\n',
    ),
  answersEarly: (socket) =>
    socket.write(
      head('HTTP/1.1 413 Payload Too Large', JSON_TYPE, 'content-length: 11') + '{"error":1}',
    ),
} as const satisfies { readonly [name: string]: Misbehaviour }

/** A server whose first answer on each connection is a misbehaviour; it remembers what it read. */
export const createHostileUpstream = async (misbehave: Misbehaviour) => {
  const sockets = new Set<Socket>()
  const requests: Buffer[] = []
  let opened = 0
  let lastCloseAtMs: number | undefined

  const server = createServer((socket) => {
    sockets.add(socket)
    opened++
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      lastCloseAtMs = performance.now()
    })
    let read = Buffer.alloc(0)
    let answered = false
    socket.on('data', (chunk) => {
      read = Buffer.concat([read, chunk])
      if (answered || !read.includes('\r\n\r\n')) return
      answered = true
      requests.push(read)
      misbehave(socket, read)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    /** First bytes of each request, head included. */
    requests,
    /** Connections open now. */
    open: () => sockets.size,
    /** Connections ever opened. */
    opened: () => opened,
    lastCloseAtMs: () => lastCloseAtMs,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
