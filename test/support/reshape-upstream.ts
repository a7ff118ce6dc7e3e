import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStandIn } from '../../src/demo/stand-in.ts'

/** A stand-in behind a recorder: what reached the upstream, byte for byte. */
export type ReshapeUpstream = {
  readonly url: string
  /** Bodies in the order of their arrival. */
  readonly bodies: readonly string[]
  close(): Promise<void>
}

/** Starts both. */
export const startReshapeUpstream = async (): Promise<ReshapeUpstream> => {
  const standIn = await createStandIn()
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const answerIt = async (): Promise<void> => {
      const chunks: Uint8Array[] = []
      for await (const chunk of request) chunks.push(chunk as Uint8Array)
      const body = Buffer.concat(chunks)
      bodies.push(body.toString())
      const headers = new Headers()
      for (const [name, value] of Object.entries(request.headers)) {
        if (typeof value === 'string' && !/^(host|connection|content-length)$/.test(name)) {
          headers.set(name, value)
        }
      }
      const answer = await fetch(new URL(request.url ?? '/', standIn.url), {
        method: request.method ?? 'POST',
        headers,
        body,
      })
      const type = answer.headers.get('content-type') ?? 'application/json'
      response.writeHead(answer.status, { 'content-type': type })
      response.end(Buffer.from(await answer.arrayBuffer()))
    }
    answerIt().catch((error: unknown) => response.destroy(error as Error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A listening TCP server has an address object.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await standIn.close()
    },
  }
}
