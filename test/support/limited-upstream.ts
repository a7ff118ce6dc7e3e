import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A model API with so much capacity and no more, on the loopback address. */
export type LimitedUpstream = {
  readonly url: string
  /** Calls a second that it can serve from now on. */
  setCapacity(callsPerS: number): void
  close(): Promise<void>
}

/** What one answer takes where nobody waits before it. */
const SERVICE_MS = 40
/** Who would have to wait longer is refused. */
const LONGEST_QUEUE_MS = 500

const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 0,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 },
})
const REFUSAL = JSON.stringify({
  error: { message: 'busy', type: 'requests', param: null, code: 'rate_limit_exceeded' },
})

/**
 * Serves calls one behind the other at the pace of its capacity: as it comes near, answers get slow, and
 * past it they are 429.
 */
export const createLimitedUpstream = async (callsPerS: number): Promise<LimitedUpstream> => {
  let capacity = callsPerS
  let freeMs = 0
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const nowMs = performance.now()
      const waitMs = Math.max(0, freeMs - nowMs)
      if (waitMs > LONGEST_QUEUE_MS) {
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '1' })
        response.end(REFUSAL)
        return
      }
      freeMs = Math.max(nowMs, freeMs) + 1_000 / capacity
      setTimeout(() => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
      }, waitMs + SERVICE_MS)
    })
    response.on('error', () => {})
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  // A listening TCP server has an address of this form.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    setCapacity: (next) => {
      capacity = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
