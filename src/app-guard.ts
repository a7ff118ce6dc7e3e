import type { AddressInfo } from 'node:net'
import { hostAndPort } from './app-addresses.ts'
import type { CampaignPath } from './app-campaigns.ts'
import type { OpenChallenges } from './app-challenges.ts'
import type { Closers } from './app-closers.ts'
import type { FactSources } from './app-facts.ts'
import type { Ground } from './app-ground.ts'
import { modelTermsOf } from './app-models.ts'
import type { OpenOverrides } from './app-overrides.ts'
import type { OpenPressure } from './app-pressure.ts'
import { createTraits } from './campaigns/traits/traits.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { Limiter, Sink, Upstream } from './core/seams.ts'
import { anthropic } from './dialects/anthropic.ts'
import { gemini } from './dialects/gemini.ts'
import { openai } from './dialects/openai.ts'
import { createDecisionIds } from './guard/decision-id.ts'
import { createGuard, type GuardParts } from './guard/guard.ts'
import { createReader } from './guard/read-call.ts'
import { createBodyBudget } from './http/body-buffer.ts'
import { createParserRefusal } from './http/parser-refusals.ts'
import { createPublicListener } from './http/public.ts'
import { createGather } from './signals/gather.ts'
import { createFanOut } from './sinks/fan-out.ts'
import { createFaultLog } from './sinks/fault-log.ts'
import type { Metrics } from './sinks/metrics.ts'
import { createUpstreams } from './upstream/forward.ts'

const DIALECTS = { openai, anthropic, gemini }

/** What the path of a call is made of beside the ground: each process has its own way to these. */
export type PathParts = {
  readonly facts: FactSources
  readonly policy: GuardParts['policy']
  readonly limiter: Limiter
  readonly pressure: OpenPressure
  readonly campaigns: CampaignPath
  readonly challenges: OpenChallenges
  readonly overrides: Pick<OpenOverrides, 'source'>
  readonly metrics: Metrics
  /** Keeps the decision records. */
  readonly records: Sink
  readonly moreSinks?: readonly Sink[]
}

const openUpstreams = ({ settings, suppression }: Ground): Upstream =>
  createUpstreams({
    dialects: DIALECTS,
    askForUsage: settings.ask_for_usage,
    maxUploadBytes: settings.bodies.max_upload,
    onProblem: ({ upstream: id, what }) =>
      suppression.note(`${what} ${id}`, 'warn', { upstream: id, what }, 'upstream'),
    upstreams: settings.upstreams.map(({ credential, timeouts, paths, ...rest }) => ({
      ...rest,
      ...(paths === undefined ? {} : { paths }),
      credential: credential === 'pass' ? credential : { secret: credential },
      timeouts: {
        connectMs: timeouts.connect,
        firstByteMs: timeouts.first_byte,
        idleMs: timeouts.idle,
      },
    })),
  })

/**
 * The whole path of a call, from the public listener to the sinks, in the care of `closers`. Resolves with
 * the bound address.
 */
export const openPath = async (
  ground: Ground,
  parts: PathParts,
  closers: Closers,
): Promise<AddressInfo> => {
  const { settings, clock, log, suppression } = ground
  const { facts, policy, limiter, pressure, campaigns, challenges, overrides, metrics, records } =
    parts
  const hashFor = (purpose: string) => createKeyedHash(ground.dataDir.rootKey, purpose)
  const sink = closers.add(
    createFanOut({
      sinks: [
        metrics.sink,
        records,
        facts.learning,
        ...pressure.sinks,
        campaigns.sink,
        createFaultLog({ suppression }),
        ...(parts.moreSinks ?? []),
      ],
      onDrop: (name, count) => metrics.dropped(name, count),
    }),
  )
  const upstream = closers.add(openUpstreams(ground))
  const edgeHeaders = Object.values(settings.accounts.headers ?? {})
  const newId = createDecisionIds()
  const guard = createGuard({
    clock,
    limiter,
    challenges: challenges.challenging,
    sink,
    policy,
    upstream,
    shed: pressure.shed,
    reader: createReader({
      dialects: Object.values(DIALECTS).filter(({ name }) =>
        settings.upstreams.some(({ dialect }) => dialect === name),
      ),
      trustedProxies: settings.trusted_proxies,
      unknownRoutes: settings.routes.unknown,
      maxBodyBytes: settings.bodies.max,
      credentialHash: hashFor('credential'),
      traits: createTraits({ rootKey: ground.dataDir.rootKey }),
      clock,
      newId,
      edgeHeaders,
    }),
    gather: createGather({
      sources: [
        ...facts.sources,
        ...challenges.sources,
        campaigns.source,
        overrides.source,
        pressure.source,
      ],
      stackHash: hashFor('stack'),
      edgeHeaders,
      onMiss: (source, why, error) =>
        suppression.note(`${source} ${why}`, 'warn', { source, why, err: error }, 'facts missing'),
    }),
    modelTerms: modelTermsOf(settings.models, settings.prices),
    onInternal: (fault) => log.error({ err: fault }, 'internal fault'),
  })
  const listener = createPublicListener({
    guard,
    challenges: challenges.listener(facts.asnOf),
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
    maxConnections: settings.max_connections,
    bodyBudget: createBodyBudget(settings.bodies.buffered),
  })
  const { host, port } = hostAndPort(settings.listen)
  const address = await listener.listen(host, port)
  closers.add(
    {
      close: async () => {
        const { cut } = await listener.drain(settings.drain, () => upstream.close({ cut: true }))
        log.info({ cut }, 'drained')
      },
    },
    { longestMs: settings.drain + 5_000 },
  )
  return address
}
