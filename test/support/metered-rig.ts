import type { CallEvent } from '../../src/core/event.ts'
import type { Fault } from '../../src/core/fault.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { modelTermsOf } from '../../src/app-models.ts'
import { anthropic } from '../../src/dialects/anthropic.ts'
import { gemini } from '../../src/dialects/gemini.ts'
import { openai } from '../../src/dialects/openai.ts'
import { createDecisionIds } from '../../src/guard/decision-id.ts'
import { createGuard } from '../../src/guard/guard.ts'
import { createParserRefusal } from '../../src/http/parser-refusals.ts'
import { createPublicListener } from '../../src/http/public.ts'
import { createEmbeddedLimiter } from '../../src/limits/embedded-limiter.ts'
import { demandsOf } from '../../src/policy/demands.ts'
import { createGather } from '../../src/signals/gather.ts'
import { createUpstreams } from '../../src/upstream/forward.ts'
import { aPolicy } from './a-policy.ts'
import { aReader } from './a-reader.ts'

const DIALECTS = { openai, anthropic, gemini }

/** The real path of a call with real limits, in front of one upstream for all dialects. */
export const createMeteredRig = async (options: {
  readonly upstreamUrl: string
  /** The limits of its policy, in YAML; they may count money. */
  readonly limits: string
}) => {
  const events: CallEvent[] = []
  const internal: Fault[] = []
  const clock = { now: () => Date.now() }
  const newId = createDecisionIds()
  const sink = {
    name: 'events',
    accept: (event: CallEvent) => void events.push(event),
    close: () => Promise.resolve(),
  }
  const policy = aPolicy(options.limits, { prices: true })
  const limiter = createEmbeddedLimiter({ clock })
  const gather = createGather({
    sources: [],
    stackHash: createKeyedHash(new Uint8Array(32), 'stack'),
  })
  const upstream = createUpstreams({
    dialects: DIALECTS,
    askForUsage: true,
    maxUploadBytes: 10_000_000,
    onProblem: () => {},
    upstreams: (['openai', 'anthropic', 'gemini'] as const).map((dialect) => ({
      id: dialect,
      url: options.upstreamUrl,
      dialect,
      models: ['*'],
      credential: 'pass' as const,
      timeouts: { connectMs: 5_000, firstByteMs: 20_000, idleMs: 20_000 },
      connections: 256,
    })),
  })
  const modelTerms = modelTermsOf(
    [{ match: '*', default_output_tokens: 300, max_output_tokens: 32_768 }],
    [{ match: '*', input: 2.5, output: 10, batch_factor: 1 }],
  )
  const guard = createGuard({
    clock,
    limiter,
    sink,
    policy: { current: () => policy },
    upstream,
    reader: aReader({ clock, newId }),
    gather,
    modelTerms,
    onInternal: (fault) => void internal.push(fault),
  })
  const listener = createPublicListener({
    guard,
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
  })
  const { port } = await listener.listen('127.0.0.1', 0)
  return {
    port,
    events,
    internal,
    /** What the counters of the calls' network hold, by the id of the limit. */
    consumed: async () => {
      const facts = events.find((event) => event.facts !== undefined)?.facts
      if (facts === undefined) throw new Error('no call has been counted')
      const states = await limiter.peek(demandsOf(policy, facts), clock.now())
      return new Map(states.map(({ limit, quota, remaining }) => [limit, quota - remaining]))
    },
    close: async () => {
      await listener.drain(0)
      await upstream.close({ cut: true })
      await limiter.close()
    },
  }
}
