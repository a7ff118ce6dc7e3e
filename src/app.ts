import type { Server } from 'node:http'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { openAccounts } from './app-accounts.ts'
import { hostAndPort, urlOf } from './app-addresses.ts'
import { createClosers, type Closers } from './app-closers.ts'
import { openGeo } from './app-geo.ts'
import { outputTokensOf } from './app-models.ts'
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
import { ownToken, type OwnToken } from './http/admin/token.ts'
import { createBodyBudget } from './http/body-buffer.ts'
import { createParserRefusal } from './http/parser-refusals.ts'
import { createPublicListener, drain, listen } from './http/public.ts'
import { createAttempts } from './limits/attempts.ts'
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
import { VERSION } from './version.ts'

/** A running Stillwatch. */
export type App = {
  readonly guardUrl: string
  readonly adminUrl: string
  /** The token that was made for the operator, where none is configured. */
  readonly ownToken: (OwnToken & { readonly file: string }) | undefined
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
const WRONG_TOKENS_A_MINUTE = 10
const SYSTEM_CLOCK: Clock = { now: () => Date.now() }

const compose = async (
  settings: Settings,
  dataDir: DataDir,
  moreSinks: readonly Sink[],
  closers: Closers,
): Promise<App> => {
  const clock = SYSTEM_CLOCK
  const log = createLog({ level: settings.log.level })
  const suppression = createLogSuppression({ log })
  const onProblem = (problem: Problem): void => log.warn(formatProblem(problem))
  const hashFor = (purpose: string) => createKeyedHash(dataDir.rootKey, purpose)
  let draining = false
  let loadedAtMs = clock.now()

  const geo = closers.add(await openGeo(settings, onProblem))
  const accounts = closers.add(await openAccounts({ settings, dataDir, clock, log, onProblem }))
  const velocity = createVelocity()
  const sources = [...accounts.sources, geo.source, velocity.source]
  const metrics = createMetrics({ version: VERSION, process: true, signals: sources })
  const onDrop = (name: string, count: number): void => metrics.dropped(name, count)

  const policy = closers.add(
    await createLivePolicy({
      patterns: settings.policies,
      base: settings.path('.'),
      onReload: ({ ok, revision, changed, problems }) => {
        if (ok) loadedAtMs = clock.now()
        metrics.reloaded(ok ? 'ok' : 'failed')
        metrics.stale(!ok)
        if (ok) log.info({ revision, changed }, 'policy read')
        else log.error({ problems: problems.map(formatProblem) }, 'policy not changed')
      },
    }),
  )

  const limitTrouble = new Set<string>()
  const limiter = closers.add(
    createEmbeddedLimiter({
      clock,
      dir: dataDir.path,
      maxKeys: settings.limits.max_keys,
      onProblem: (problem) => {
        if (problem.kind === 'journal_failing') limitTrouble.add('limits-journal')
        if (problem.kind === 'journal_recovered') limitTrouble.delete('limits-journal')
        log.warn({ ...problem }, 'limits')
      },
    }),
  )
  const records = openRecords({ settings, dataDir, clock, log, onDrop })
  const sink = closers.add(
    createFanOut({
      sinks: [
        metrics.sink,
        records.sink,
        velocity.sink,
        createFaultLog({ suppression }),
        ...accounts.sinks,
        ...moreSinks,
      ],
      onDrop,
    }),
  )
  const upstream = closers.add(
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
    }),
  )
  const edgeHeaders = Object.values(settings.accounts.headers ?? {})
  const newId = createDecisionIds()
  const guard = createGuard({
    clock,
    limiter,
    sink,
    policy,
    upstream,
    reader: createReader({
      dialects: Object.values(DIALECTS).filter(({ name }) =>
        settings.upstreams.some(({ dialect }) => dialect === name),
      ),
      trustedProxies: settings.trusted_proxies,
      unknownRoutes: settings.routes.unknown,
      maxBodyBytes: settings.bodies.max,
      credentialHash: hashFor('credential'),
      clock,
      newId,
      edgeHeaders,
    }),
    gather: createGather({
      sources,
      stackHash: hashFor('stack'),
      edgeHeaders,
      onMiss: (source, why, error) =>
        suppression.note(`${source} ${why}`, 'warn', { source, why, err: error }, 'facts missing'),
    }),
    outputTokens: outputTokensOf(settings.models),
    onInternal: (fault) => log.error({ err: fault }, 'internal fault'),
  })

  const own =
    settings.admin.tokens.length > 0 ? undefined : await ownToken({ dataDir: dataDir.path })
  const admin = createAdmin({
    clock,
    version: VERSION,
    tokens:
      own === undefined
        ? settings.admin.tokens
        : [{ name: 'own', role: 'operator', token: own.token }],
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
        const found = accounts.lookup(id, atMs)
        if (found === undefined) return undefined
        const facts = new Facts()
        facts.add(found)
        return facts
      },
    },
    demands: (facts) => demandsOf(policy.current(), facts),
    limiter,
    attempts: createAttempts({ clock, perMinute: WRONG_TOKENS_A_MINUTE }),
    audit: createAudit({ path: join(dataDir.path, 'audit.ndjson'), clock }),
    onInternal: (error) => log.error({ err: error }, 'admin'),
  })
  const publicListener = createPublicListener({
    guard,
    refuseUnparsed: createParserRefusal({ clock, newId, sink, dialect: openai }),
    maxConnections: settings.max_connections,
    bodyBudget: createBodyBudget(settings.bodies.buffered),
  })
  // The adaptor's server is a plain HTTP one unless it is told otherwise.
  const adminServer = createAdaptorServer({
    fetch: admin.fetch,
    overrideGlobalObjects: false,
  }) as Server

  // The guard first: an admin listener that says "ready" must have something to be ready for.
  const publicAt = hostAndPort(settings.listen)
  const guardUrl = urlOf(await publicListener.listen(publicAt.host, publicAt.port))
  closers.add(
    {
      close: async () => {
        const { cut } = await publicListener.drain(settings.drain, () =>
          upstream.close({ cut: true }),
        )
        log.info({ cut }, 'drained')
      },
    },
    { longestMs: settings.drain + 5_000 },
  )
  const adminAt = hostAndPort(settings.admin.listen)
  const adminUrl = urlOf(await listen(adminServer, adminAt.host, adminAt.port))
  return {
    guardUrl,
    adminUrl,
    ownToken: own && { ...own, file: join(dataDir.path, 'admin-token') },
    notices: geo.notices,
    revision: () => policy.current().revision,
    reload: () => policy.reload(),
    close: async () => {
      draining = true
      log.info({ drain_ms: settings.drain }, 'draining')
      await closers.close()
      await drain(adminServer, 1_000)
      dataDir.release()
    },
  }
}

const sentence = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? `${message}; set listen or admin.listen to a free address`
    : message
}

/** Opens everything the settings name and starts both listeners. Never rejects; what it opened before it
 * failed is closed again. */
export const startApp = async (
  settings: Settings,
  options: { readonly sinks?: readonly Sink[] } = {},
): Promise<Started> => {
  const closers = createClosers()
  let dataDir: DataDir | undefined
  try {
    dataDir = openDataDir(settings.path(settings.data_dir), settings.secret)
    return { ok: true, app: await compose(settings, dataDir, options.sinks ?? [], closers) }
  } catch (error) {
    await closers.close()
    dataDir?.release()
    if (error instanceof PolicyProblems) return { ok: false, problems: error.problems }
    return { ok: false, reason: sentence(error) }
  }
}
