import { connect } from 'node:net'
import type { CallEvent } from '../../src/core/event.ts'
import { Facts } from '../../src/core/facts.ts'
import type { Fault } from '../../src/core/fault.ts'
import type { Limiter } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { createDecisionIds } from '../../src/guard/decision-id.ts'
import { createGuard } from '../../src/guard/guard.ts'
import { createParserRefusal } from '../../src/http/parser-refusals.ts'
import { createPublicListener } from '../../src/http/public.ts'
import { createUpstreams } from '../../src/upstream/forward.ts'
import { aPolicy } from './a-policy.ts'
import { aReader } from './a-reader.ts'
import { createStrictRecorder, type StrictRecorder } from './strict-recorder.ts'

/** The real path of a call over real sockets, with everything that only judges left wide open. */
export type WireRig = {
  readonly port: number
  readonly recorder: StrictRecorder
  /** One event a call, in the order in which they ended. */
  readonly events: readonly CallEvent[]
  /** Faults that the guard did not foresee. */
  readonly internal: readonly Fault[]
  /** Drains as the program does: at the deadline the calls under way are ended by the guard. */
  drain(deadlineMs: number): Promise<{ readonly cut: number }>
  close(): Promise<void>
}

/** Lets everything in: what is tested here is whether the bytes are judged, not how. */
const openLimiter: Limiter = {
  admit: (_demands, cost) => ({ admitted: true, lease: { cost }, states: [], degraded: false }),
  settle: () => {},
  peek: () => [],
  forget: () => [],
  close: () => Promise.resolve(),
}

/** Starts the public listener in front of a recorder, or of another upstream. */
export const createWireRig = async (
  options: { readonly upstreamUrl?: string; readonly connectMs?: number } = {},
): Promise<WireRig> => {
  const recorder = await createStrictRecorder()
  const events: CallEvent[] = []
  const internal: Fault[] = []
  const clock = { now: () => Date.now() }
  const newId = createDecisionIds()
  const sink = {
    name: 'events',
    accept: (event: CallEvent) => void events.push(event),
    close: () => Promise.resolve(),
  }
  const policy = aPolicy('tiers:\n  - { id: everybody, when: "true", factor: 1 }')
  const upstream = createUpstreams({
    dialects: { openai, anthropic, gemini },
    askForUsage: false,
    maxUploadBytes: 10_000_000,
    onProblem: () => {},
    upstreams: [
      {
        id: 'recorder',
        url: options.upstreamUrl ?? `http://127.0.0.1:${recorder.port}`,
        dialect: 'openai',
        models: ['*'],
        credential: 'pass',
        timeouts: { connectMs: options.connectMs ?? 2_000, firstByteMs: 5_000, idleMs: 5_000 },
        connections: 64,
      },
    ],
  })
  const guard = createGuard({
    clock,
    limiter: openLimiter,
    sink,
    policy: { current: () => policy },
    upstream,
    reader: aReader({ dialects: [openai], clock, newId }),
    gather: () => new Facts(),
    modelTerms: () => ({ byDefault: 0, atMost: 0 }),
    onInternal: (fault) => void internal.push(fault),
  })
  const listener = createPublicListener({
    guard,
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
  })
  const { port } = await listener.listen('127.0.0.1', 0)
  return {
    port,
    recorder,
    events,
    internal,
    drain: (deadlineMs) => listener.drain(deadlineMs, () => upstream.close({ cut: true })),
    close: async () => {
      await listener.drain(0)
      await upstream.close()
      await recorder.close()
    },
  }
}

/**
 * Sends bytes over a connection of their own; all that came back. The connection is ended once nothing came
 * for a while: ended at once, it would look like a caller that leaves.
 */
export const sendRaw = (
  port: number,
  bytes: Uint8Array,
  { quietMs = 150, deadlineMs = 3_000 } = {},
): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    const deadline = setTimeout(() => socket.destroy(), deadlineMs)
    const quiet = setTimeout(() => socket.end(), quietMs)
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      quiet.refresh()
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(deadline)
      clearTimeout(quiet)
      resolve(answer)
    })
    socket.write(bytes)
  })
