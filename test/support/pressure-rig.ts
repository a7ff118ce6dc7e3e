import type { CallEvent } from '../../src/core/event.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import type { Clock, Limiter, SignalSource, Sink } from '../../src/core/seams.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { createDecisionIds } from '../../src/guard/decision-id.ts'
import { createGuard } from '../../src/guard/guard.ts'
import { createParserRefusal } from '../../src/http/parser-refusals.ts'
import { createPublicListener } from '../../src/http/public.ts'
import { createPressure, type Pressure } from '../../src/limits/pressure/pressure.ts'
import { createShedder } from '../../src/limits/pressure/shed.ts'
import { createGather } from '../../src/signals/gather.ts'
import { createPressureSource } from '../../src/signals/pressure.ts'
import { createFanOut } from '../../src/sinks/fan-out.ts'
import { createUpstreams } from '../../src/upstream/forward.ts'
import { createRouter } from '../../src/upstream/routing.ts'
import { aPolicy } from './a-policy.ts'
import { aReader, DIALECTS } from './a-reader.ts'

/** The real path of a call over real sockets, with pressure and shedding wired as in the program. */
export type PressureRig = {
  readonly url: string
  readonly pressure: Pressure
  /** Admissions that the counters were asked for. */
  admissions(): number
  /** Told of every call. */
  onEvent(told: (event: CallEvent) => void): void
  close(): Promise<void>
}

/** Who is who stands in the key: `sk-proven-7` is the seventh proven customer. */
const POLICY = `tiers:
  - { id: proven, when: 'account.plan == "proven"', factor: 5 }
  - { id: paying, when: 'account.plan == "paying"', factor: 1 }
  - { id: unproven, when: 'true', factor: 0.2 }`

const accounts: SignalSource = {
  name: 'accounts',
  provides: ['account.known', 'account.id', 'account.plan'],
  budgetMs: 0,
  wave: 0,
  read: ({ credential }) => {
    const secret = credential?.secret ?? ''
    const plan = secret.split('-')[1] ?? ''
    return { 'account.known': true, 'account.id': secret, 'account.plan': plan }
  },
}

/** Starts the public listener in front of an upstream, for every dialect. */
export const createPressureRig = async (options: {
  readonly upstreamUrl: string
  /** False leaves shedding out, as the setting does. */
  readonly shed?: boolean
  /** The time of day by default. */
  readonly clock?: Clock
}): Promise<PressureRig> => {
  let admissions = 0
  let tell: (event: CallEvent) => void = () => {}
  const clock = options.clock ?? { now: () => Date.now() }
  const newId = createDecisionIds()
  const limiter: Limiter = {
    admit: (_demands, cost) => {
      admissions++
      return { admitted: true, lease: { cost }, states: [], degraded: false }
    },
    settle: () => {},
    peek: () => [],
    forget: () => [],
    close: () => Promise.resolve(),
  }
  const pressure = createPressure({ clock })
  const events: Sink = {
    name: 'events',
    accept: (event) => tell(event),
    close: () => Promise.resolve(),
  }
  const sink = createFanOut({ sinks: [pressure.sink, events], onDrop: () => {} })
  const upstreams = (['openai', 'anthropic', 'gemini'] as const).map((dialect) => ({
    id: dialect,
    url: options.upstreamUrl,
    dialect,
    models: ['*'],
    credential: 'pass' as const,
    timeouts: { connectMs: 2_000, firstByteMs: 10_000, idleMs: 10_000 },
    connections: 256,
  }))
  const route = createRouter(upstreams)
  const upstreamOf = (call: Parameters<typeof route>[0]) => route(call)?.id
  const upstream = createUpstreams({
    dialects: { openai, anthropic, gemini },
    askForUsage: false,
    upstreams,
  })
  const policy = aPolicy(POLICY)
  const guard = createGuard({
    clock,
    limiter,
    sink,
    policy: { current: () => policy },
    upstream,
    shed: options.shed === false ? undefined : createShedder({ upstreamOf }).shed,
    reader: aReader({ dialects: DIALECTS, clock, newId }),
    gather: createGather({
      sources: [accounts, createPressureSource({ upstreamOf, pressureOf: pressure.of })],
      stackHash: createKeyedHash(new Uint8Array(32), 'stack'),
    }),
    modelTerms: () => ({ byDefault: 100, atMost: 100 }),
    onInternal: (fault) => {
      throw fault
    },
  })
  const listener = createPublicListener({
    guard,
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
  })
  const { port } = await listener.listen('127.0.0.1', 0)
  return {
    url: `http://127.0.0.1:${port}`,
    pressure,
    admissions: () => admissions,
    onEvent: (told) => {
      tell = told
    },
    close: async () => {
      await listener.drain(0)
      await upstream.close({ cut: true })
      await sink.close()
    },
  }
}
