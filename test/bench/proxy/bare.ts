process.on('SIGINT', () => process.exit(0))
/** The runtime's limit: Hono on Node's own objects and undici's dispatch, nothing judged or recorded. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { Pool, type Dispatcher } from 'undici'

const HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'host',
  'content-length',
  'te',
  'trailer',
  'upgrade',
])
const pool = new Pool(process.argv[2] ?? '', { connections: 256, pipelining: 1, allowH2: false })

const endToEnd = (raw: readonly string[]): string[] => {
  const kept: string[] = []
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? ''
    if (!HOP.has(name.toLowerCase())) kept.push(name, raw[at + 1] ?? '')
  }
  return kept
}

const app = new Hono<{ Bindings: HttpBindings }>()
app.all('*', (c) => {
  const { incoming, outgoing } = c.env
  return new Promise<Response>((resolve) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      let controller: Dispatcher.DispatchController | undefined
      outgoing.once('close', () => {
        if (!outgoing.writableFinished) controller?.abort(new Error('client gone'))
      })
      pool.dispatch(
        {
          method: incoming.method ?? 'GET',
          path: incoming.url ?? '/',
          headers: endToEnd(incoming.rawHeaders),
          body: chunks.length === 0 ? null : Buffer.concat(chunks),
        },
        {
          onRequestStart(started) {
            controller = started
          },
          onResponseStart(started, status) {
            outgoing.writeHead(status, endToEnd((started.rawHeaders as Buffer[]).map(String)))
          },
          onResponseData(started, chunk) {
            if (!outgoing.write(chunk)) {
              started.pause()
              outgoing.once('drain', () => started.resume())
            }
          },
          onResponseEnd() {
            outgoing.end()
            resolve(RESPONSE_ALREADY_SENT)
          },
          onResponseError() {
            outgoing.destroy()
            resolve(RESPONSE_ALREADY_SENT)
          },
        },
      )
    })
  })
})
const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
const server = createServer((incoming, outgoing) => void listener(incoming, outgoing))
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
