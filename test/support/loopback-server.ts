import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A small HTTP server on loopback that a test scripts. */
export type LoopbackServer = {
  readonly url: string
  /** Requests it has got so far. */
  readonly asked: readonly { readonly url: string; readonly body: string }[]
  /** Replaces what it answers with. */
  answer(how: (response: ServerResponse, request: IncomingMessage, body: string) => void): void
  close(): Promise<void>
}

const notFound: Parameters<LoopbackServer['answer']>[0] = (response) => {
  response.writeHead(404).end()
}

/** Answers 404 until told otherwise; `port` brings back a server that was closed. */
export const startLoopbackServer = async (port = 0): Promise<LoopbackServer> => {
  const asked: { url: string; body: string }[] = []
  let how = notFound
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push({ url: request.url ?? '', body })
      how(response, request, body)
    })
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${taken}`,
    asked,
    answer: (next) => {
      how = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
