import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as the upstream saw it. */
export type Seen = {
  readonly method: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
}

/** A well-behaved upstream on node:http; `answer` is called once the whole request is there. */
export const createPlainUpstream = async (
  answer: (response: ServerResponse, seen: Seen) => void,
) => {
  const seen: Seen[] = []
  const sockets = new Set<Socket>()
  const closedAtMs: number[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    response.on('close', () => {
      if (!response.writableFinished) closedAtMs.push(performance.now())
    })
    request
      .on('error', () => {})
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('end', () => {
        const one = {
          method: request.method ?? '',
          target: request.url ?? '',
          rawHeaders: request.rawHeaders,
          body: Buffer.concat(chunks),
        }
        seen.push(one)
        answer(response, one)
      })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    /** When each answer was cut short from the other side. */
    closedAtMs,
    open: () => sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
