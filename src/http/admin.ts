import { Hono } from 'hono'
import { accountResources } from './admin/accounts.ts'
import { resetResource } from './admin/accounts-reset.ts'
import { auditResources } from './admin/audit-log.ts'
import { createAuthentication } from './admin/authenticate.ts'
import { backtestResources } from './admin/backtest.ts'
import { boundedBody } from './admin/bounded-body.ts'
import { campaignResources } from './admin/campaigns.ts'
import { clearanceResources } from './admin/clearances.ts'
import { decisionResources } from './admin/decisions.ts'
import { explanationResources } from './admin/explanation.ts'
import { fleetResources } from './admin/fleet.ts'
import { createLanding } from './admin/landing.ts'
import { limitResources } from './admin/limits.ts'
import { withOpenApi } from './admin/open-api.ts'
import { createHostCheck, isSameSite } from './admin/origin.ts'
import { overrideResources } from './admin/overrides.ts'
import type { AdminParts } from './admin/parts.ts'
import { policyResources } from './admin/policy.ts'
import { problemJson } from './admin/problem-json.ts'
import type { AdminEnv, AdminResource } from './admin/resource.ts'
import { switchResources } from './admin/switches.ts'

const PREFIX = '/api/v1'
const MAX_BODY_BYTES = 64 * 1024
const JSON_TYPE = /^application\/json(?: *;.*)?$/i

/** On every answer: nothing here may be framed, sniffed, cached or run. */
const HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
]

/** Every resource of the API, in the order of the list at `/`. */
const adminResources = (parts: AdminParts): readonly AdminResource[] => [
  ...decisionResources(parts),
  ...explanationResources(parts),
  ...accountResources(parts),
  resetResource(parts),
  ...limitResources(parts),
  ...fleetResources(parts),
  ...campaignResources(parts),
  ...clearanceResources(parts),
  ...overrideResources(parts),
  ...policyResources(parts),
  ...backtestResources(parts),
  ...switchResources(parts),
  ...auditResources(parts),
]

/**
 * The admin listener as a Hono app: health, metrics, and the API for viewers and operators. Everything
 * but the health checks needs a Host of this listener; everything below `/api` needs a request of no
 * other site and a bearer token. Refusals are RFC 9457 problems. `/metrics` needs no token: it names no
 * account and no address, and scrapers seldom carry one; the listener is on loopback as shipped.
 */
export const createAdmin = (parts: AdminParts): Hono<AdminEnv> => {
  const resources = withOpenApi({
    version: parts.version,
    prefix: PREFIX,
    resources: adminResources(parts),
  })
  const landing = createLanding({ version: parts.version, prefix: PREFIX, resources })
  const hostAllowed = createHostCheck(parts.hosts)
  const authenticate = createAuthentication({ tokens: parts.tokens, attempts: parts.attempts })
  const app = new Hono<AdminEnv>()

  app.use('*', async (c, next) => {
    for (const [name, value] of HEADERS) c.header(name, value)
    await next()
  })
  app.get('/livez', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', (c) => {
    const { state, degraded } = parts.readiness()
    return c.json({ status: state, degraded }, state === 'ready' ? 200 : 503)
  })
  app.use('*', async (c, next) => {
    if (!hostAllowed(c.req.header('host'))) {
      return problemJson(c, 'invalid-host', 'add the name to admin.hosts in the settings')
    }
    await next()
    return undefined
  })
  app.get('/metrics', async (c) =>
    c.body(await parts.metrics.text(), 200, { 'content-type': parts.metrics.contentType }),
  )
  app.get('/', (c) =>
    c.req.header('accept')?.includes('text/html') === true
      ? c.html(landing.html)
      : c.json(landing.json),
  )

  app.use('/api/*', async (c, next) => {
    const site = {
      host: c.req.header('host'),
      origin: c.req.header('origin'),
      fetchSite: c.req.header('sec-fetch-site'),
    }
    if (!isSameSite(site)) return problemJson(c, 'cross-site')
    const peer = c.env?.incoming?.socket.remoteAddress ?? ''
    const known = await authenticate(c.req.header('authorization'), peer)
    if (known.ok) {
      c.set('who', known.principal)
      await next()
      return undefined
    }
    if (known.code === 'too-many-attempts') {
      c.header('retry-after', String(Math.ceil(known.waitMs / 1000)))
    } else {
      c.header('www-authenticate', 'Bearer realm="stillwatch"')
    }
    return problemJson(c, known.code)
  })

  for (const { method, path, role, maxBodyBytes, handle } of resources) {
    app.on(method, PREFIX + path, async (c) => {
      const who = c.get('who')
      if (role === 'operator' && who.role !== 'operator') return problemJson(c, 'role-required')
      if (method !== 'GET') {
        const body = await boundedBody(c.req.raw, maxBodyBytes ?? MAX_BODY_BYTES)
        if (body === undefined) return problemJson(c, 'body-too-large')
        if (body !== '' && !JSON_TYPE.test(c.req.header('content-type') ?? '')) {
          return problemJson(c, 'json-required')
        }
        c.set('body', body)
      }
      return handle(c, who)
    })
  }
  for (const { path } of resources) {
    app.all(PREFIX + path, (c) => problemJson(c, 'method-not-allowed'))
  }

  app.notFound((c) => problemJson(c, 'not-found'))
  app.onError((error, c) => {
    parts.onInternal(error)
    return problemJson(c, 'internal')
  })
  return app
}
