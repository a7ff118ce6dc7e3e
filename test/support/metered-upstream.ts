import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DialectName } from '../../src/core/call.ts'
import { meteredStream } from './metered-stream.ts'

/** What one answer is to be. */
export type Plan = {
  readonly dialect: DialectName
  readonly inputTokens: number
  readonly outputTokens: number
  /** Tokens of a frame. */
  readonly step: number
  /** Bytes of a write: frames are cut wherever that falls. */
  readonly writeBytes: number
  /** Before the head, and after each write. */
  readonly thinksMs: number
  readonly pauseMs: number
}

/** What the upstream knows of a call: the truth that a bill would be made of. */
export type Truth = {
  inputTokens: number
  /** Output in the frames that were sent whole. */
  outputTokens: number
  /** Whether the answer ended properly. */
  whole: boolean
  over: boolean
}

/** As models do, it takes its time: an answer that is there at once would be sent before anybody can leave. */
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const answer = async (response: ServerResponse, plan: Plan, truth: Truth): Promise<void> => {
  const frames = meteredStream(plan)
  const bytes = Buffer.concat(frames.map((frame) => frame.bytes))
  await pause(plan.thinksMs)
  if (response.destroyed) return
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  let frame = 0
  let frameEnd = frames[0]?.bytes.length ?? 0
  for (let at = 0; at < bytes.length; at += plan.writeBytes) {
    if (response.destroyed) return
    const end = Math.min(at + plan.writeBytes, bytes.length)
    response.write(bytes.subarray(at, end))
    while (frame < frames.length && frameEnd <= end) {
      truth.outputTokens += frames[frame]?.tokens ?? 0
      frameEnd += frames[++frame]?.bytes.length ?? 0
    }
    await pause(plan.pauseMs)
  }
  response.end()
  truth.whole = true
}

/**
 * A model API that streams answers by plan and keeps account of what it sent. Calls are told apart by
 * the number at the end of their model's name, wherever the dialect has it.
 */
export const startMeteredUpstream = async (plans: (call: number) => Plan) => {
  const truths = new Map<number, Truth>()
  let open = 0
  let most = 0
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('error', () => {})
    request.on('end', () => {
      const call = Number(/m-(\d+)/.exec(`${request.url} ${body}`)?.[1] ?? -1)
      const plan = plans(call)
      const truth = { inputTokens: plan.inputTokens, outputTokens: 0, whole: false, over: false }
      truths.set(call, truth)
      most = Math.max(most, ++open)
      response.on('error', () => {})
      response.on('close', () => {
        truth.over = true
        open--
      })
      void answer(response, plan, truth)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A TCP listener's address is an AddressInfo.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    truths,
    /** Answers that have not ended. */
    open: () => open,
    /** The most of them there were at the same time since this was last asked. */
    most: () => {
      const seen = most
      most = open
      return seen
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
