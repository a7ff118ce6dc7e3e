import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import type { Server } from 'node:http'
import { openAccounts } from './app-accounts.ts'
import { openGeo } from './app-geo.ts'
import { policyView } from './app-policy-view.ts'
import { openRecords } from './app-records.ts'
import { Facts } from './core/facts.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import { formatProblem, type Problem } from './core/problem.ts'
import type { Clock, Sink } from './core/seams.ts'
import { openDataDir, type DataDir } from './data-dir.ts'
import { anthropic } from './dialects/anthropic.ts'
import { gemini } from './dialects/gemini.ts'
import { openai } from './dialects/openai.ts'
import { createDecisionIds } from './guard/decision-id.ts'
import { createGuard } from './guard/guard.ts'
import { createReader } from './guard/read-call.ts'
import { createAdmin } from './http/admin.ts'
import { createAudit } from './http/admin/audit.ts'
import { ownToken } from './http/admin/token.ts'
import { createParserRefusal } from './http/parser-refusals.ts'
import { createPublicListener, drain, listen } from './http/public.ts'
import { createEmbeddedLimiter } from './limits/embedded-limiter.ts'
import { demandsOf } from './policy/demands.ts'
import { createLivePolicy, PolicyProblems, type Reload } from './policy/live.ts'
import type { Settings } from './settings.ts'
import { createGather } from './signals/gather.ts'
import { createVelocity } from './signals/velocity.ts'
import { createFanOut } from './sinks/fan-out.ts'
import { createFaultLog } from './sinks/fault-log.ts'
import { createLogSuppression } from './sinks/log-suppression.ts'
import { createLog } from './sinks/log.ts'
import { createMetrics } from './sinks/metrics.ts'
import { createUpstreams } from './upstream/forward.ts'
import { compileGlob } from './upstream/glob.ts'
import { VERSION } from './version.ts'

/** A running Stillwatch. */
export type App = {
  readonly guardUrl: string
  readonly adminUrl: string
  /** Link with the token in it, where the token was made for the operator. */
  readonly adminLink: string | undefined
  /** What an operator should know at the start. */
  readonly notices: readonly string[]
  revision(): string
  reload(): Promise<Reload>
  /** Drains, then writes down what is left. */
  close(): Promise<void>
}

/** Why a start failed: problems in files, or one sentence. */
export type Started =
  | { readonly ok: true; readonly app: App }
  | { readonly ok: false; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly reason: string }

const DIALECTS = { openai, anthropic, gemini }
const SYSTEM_CLOCK: Clock = { now: () => Date.now() }

const hostAndPort = (text: string): { readonly host: string; readonly port: number } => {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}

const urlOf = ({ address, port }: { address: string; port: number }): string => {
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : address
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

const compose = async (
  settings: Settings,
  dataDir: DataDir,
  moreSinks: readonly Sink[],
): Promise<App> => {
  const clock = SYSTEM_CLOCK
  const log = createLog({ level: settings.log.level })
  const suppression = createLogSuppression({ log })
  const onProblem = (problem: Problem): void => log.warn(formatProblem(problem))

  const policy = await createLivePolicy({
    patterns: settings.policies,
    base: settings.path('.'),
    onReload: (reload) => {
      loadedAtMs = clock.now()
      metrics.reloaded(reload.ok ? 'ok' : 'failed')
      metrics.stale(!reload.ok)
      if (reload.ok) log.info({ revision: reload.revision, changed: reload.changed }, 'policy read')
      else log.error({ problems: reload.problems.map(formatProblem) }, 'policy not changed')
    },
  })
  let loadedAtMs = clock.now()
  let draining = false

  const geo = await openGeo(settings, onProblem)
  const accounts = await openAccounts({ settings, dataDir, clock, onProblem })
  const velocity = createVelocity()
  const sources = [...accounts.sources, geo.source, velocity.source]
  const metrics = createMetrics({ version: VERSION, process: true, signals: sources })
  const onDrop = (name: string, count: number): void => metrics.dropped(name, count)
  const records = openRecords({ settings, dataDir, clock, log, onDrop })
  const limitTrouble = new Set<string>()
  const limiter = createEmbeddedLimiter({
    clock,
    dir: dataDir.path,
    maxKeys: settings.limits.max_keys,
    onProblem: (problem) => {
      if (problem.kind === 'journal_failing') limitTrouble.add('limits-journal')
      if (problem.kind === 'journal_recovered') limitTrouble.delete('limits-journal')
      log.warn({ ...problem }, 'limits')
    },
  })
  const sink = createFanOut({
    sinks: [
      metrics.sink,
      records.sink,
      velocity.sink,
      createFaultLog({ suppression }),
      ...accounts.sinks,
      ...moreSinks,
    ],
    onDrop,
  })
  const upstream = createUpstreams({
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
  const edgeHeaders = Object.values(settings.accounts.headers ?? {})
  const newId = createDecisionIds()
  const served = Object.values(DIALECTS).filter(({ name }) =>
    settings.upstreams.some(({ dialect }) => dialect === name),
  )
  const models = settings.models.map(({ match, default_output_tokens: tokens }) => ({
    matches: compileGlob(match),
    tokens,
  }))
  const guard = createGuard({
    clock,
    limiter,
    sink,
    policy,
    upstream,
    reader: createReader({
      dialects: served,
      trustedProxies: settings.trusted_proxies,
      unknownRoutes: settings.routes.unknown,
      maxBodyBytes: settings.bodies.max,
      credentialHash: createKeyedHash(dataDir.rootKey, 'credential'),
      clock,
      newId,
      edgeHeaders,
    }),
    gather: createGather({
      sources,
      stackHash: createKeyedHash(dataDir.rootKey, 'stack'),
      edgeHeaders,
      onMiss: (source, why, error) =>
        suppression.note(`${source} ${why}`, 'warn', { source, why, err: error }, 'facts missing'),
    }),
    defaultOutputTokens: (model) => models.find(({ matches }) => matches(model))?.tokens ?? 0,
    onInternal: (fault) => log.error({ err: fault }, 'internal fault'),
  })

  const configured = settings.admin.tokens
  const own = configured.length === 0 ? await ownToken({ dataDir: dataDir.path }) : undefined
  const admin = createAdmin({
    clock,
    version: VERSION,
    tokens: own === undefined ? configured : [{ name: 'own', role: 'operator', token: own.token }],
    hosts: settings.admin.hosts,
    readiness: () => ({
      state: draining ? 'draining' : 'ready',
      degraded: [
        ...(policy.problems().length > 0 ? ['policy'] : []),
        ...geo.degraded(),
        ...(accounts.degraded() ? ['accounts'] : []),
        ...records.degraded(),
        ...limitTrouble,
      ],
    }),
    metrics,
    policy: {
      view: () => policyView(policy.current(), policy.problems(), loadedAtMs),
      reload: () => policy.reload(),
    },
    decisions: records.queries,
    networkWanted: records.networkWanted,
    accounts: {
      facts: (id, atMs) => {
        const found = accounts.held?.lookup(id, atMs)
        if (found === undefined) return undefined
        const facts = new Facts()
        facts.add(found)
        return facts
      },
    },
    demands: (facts) => demandsOf(policy.current(), facts),
    limiter,
    audit: createAudit({ path: join(dataDir.path, 'audit.ndjson'), clock }),
    onInternal: (error) => log.error({ err: error }, 'admin'),
  })
  // The adaptor's server is a plain HTTP one unless it is told otherwise.
  const adminServer = createAdaptorServer({
    fetch: admin.fetch,
    overrideGlobalObjects: false,
  }) as Server
  const publicListener = createPublicListener({
    guard,
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
  })

  const adminAt = hostAndPort(settings.admin.listen)
  const publicAt = hostAndPort(settings.listen)
  const adminUrl = urlOf(await listen(adminServer, adminAt.host, adminAt.port))
  const guardUrl = urlOf(await publicListener.listen(publicAt.host, publicAt.port))
  return {
    guardUrl,
    adminUrl,
    adminLink: own === undefined ? undefined : `${adminUrl}/#token=${own.token}`,
    notices: geo.notices,
    revision: () => policy.current().revision,
    reload: () => policy.reload(),
    close: async () => {
      draining = true
      await publicListener.drain(settings.drain)
      await Promise.all([policy.close(), geo.close(), upstream.close()])
      await sink.close()
      await Promise.all([limiter.close(), accounts.held?.close()])
      await drain(adminServer, 1_000)
      dataDir.release()
    },
  }
}

/** Opens everything the settings name and starts both listeners. Never rejects. */
export const startApp = async (
  settings: Settings,
  options: { readonly sinks?: readonly Sink[] } = {},
): Promise<Started> => {
  let dataDir: DataDir | undefined
  try {
    dataDir = openDataDir(settings.path(settings.data_dir))
    return { ok: true, app: await compose(settings, dataDir, options.sinks ?? []) }
  } catch (error) {
    dataDir?.release()
    if (error instanceof PolicyProblems) return { ok: false, problems: error.problems }
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  }
}
