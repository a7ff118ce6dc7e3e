import { createFakeClock } from '../support/clock.ts'
import { createAttempts } from '../../src/limits/attempts.ts'
import { createAdaptorServer } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { request } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createAdmin } from '../../src/http/admin.ts'
import { createMetrics } from '../../src/sinks/metrics.ts'
import { adminParts, anAdmin, OPERATOR, rememberedAudit } from '../support/an-admin.ts'
import { anEvent } from '../support/an-event.ts'

type Plain = Record<string, unknown>
const json = async (response: Response): Promise<Plain> => (await response.json()) as Plain
const codeOf = async (response: Response): Promise<unknown> =>
  String((await json(response))['type']).replace('urn:stillwatch:problem:', '')

/** A part whose neighbour is gone. */
const gone = (): Promise<never> => Promise.reject(new Error('gone'))

describe('health', () => {
  it('is alive while the process runs, and ready also when degraded', async () => {
    const call = anAdmin({ readiness: () => ({ state: 'ready', degraded: ['decision-index'] }) })
    expect((await call('GET', '/livez', { token: '' })).status).toBe(200)
    const ready = await call('GET', '/readyz', { token: '', headers: { host: 'any.name' } })
    expect(ready.status).toBe(200)
    expect(await json(ready)).toEqual({ status: 'ready', degraded: ['decision-index'] })
  })

  it.each(['draining', 'no_policy'] as const)('is not ready while %s', async (state) => {
    const call = anAdmin({ readiness: () => ({ state, degraded: [] }) })
    const ready = await call('GET', '/readyz', { token: '' })
    expect(ready.status).toBe(503)
    expect(await json(ready)).toEqual({ status: state, degraded: [] })
    expect((await call('GET', '/livez', { token: '' })).status).toBe(200)
  })
})

describe('metrics', () => {
  it('are given without a token, to a Host of this listener only', async () => {
    const metrics = createMetrics({ version: '1', process: true })
    metrics.sink.accept(anEvent())
    const call = anAdmin({ metrics })
    const scraped = await call('GET', '/metrics', { token: '' })
    expect(scraped.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await scraped.text()
    expect(text).toContain('stillwatch_calls_total')
    expect(text).toContain('process_cpu_seconds_total')
    const headers = { host: 'rebound.example' }
    expect((await call('GET', '/metrics', { token: '', headers })).status).toBe(421)
  })
})

describe('the page at /', () => {
  it('lists what there is, to programs and to people, without a script', async () => {
    const call = anAdmin()
    expect(await json(await call('GET', '/', { token: '' }))).toMatchObject({ version: '1.2.3' })
    const html = await call('GET', '/', { token: '', headers: { accept: 'text/html' } })
    const text = await html.text()
    expect(html.headers.get('content-type')).toContain('text/html')
    expect(text).toContain('/api/v1/decisions/{id}')
    expect(text).not.toContain('<script')
  })
})

describe('every answer', () => {
  it('forbids sniffing, framing, caching and running', async () => {
    const call = anAdmin()
    for (const path of ['/', '/livez', '/metrics', '/api/v1/policy', '/api/v1/none', '/nothing']) {
      const { headers } = await call('GET', path)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
      expect(headers.get('cache-control'), path).toBe('no-store')
      expect(headers.get('x-frame-options'), path).toBe('DENY')
      expect(headers.get('content-security-policy'), path).toContain("default-src 'none'")
    }
  })

  it('says nothing of what broke inside, which is reported instead', async () => {
    const seen: unknown[] = []
    const policy = {
      view: () => {
        throw new Error('SECRET PATH')
      },
      reload: () => Promise.resolve({ ok: true }),
    }
    const call = anAdmin({ policy, onInternal: (error) => void seen.push(error) })
    const response = await call('GET', '/api/v1/policy')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('SECRET')
    expect(seen).toHaveLength(1)
  })
})

describe('the policy', () => {
  it('is shown with its switches and places', async () => {
    const view = await json(await anAdmin()('GET', '/api/v1/policy'))
    expect(view).toMatchObject({ revision: 'rev-1', stale: false, unguarded: ['r-1'] })
    expect(view['rules']).toMatchObject([
      { id: 'r-1', mode: 'shadow', written: { mode: 'enforce' } },
    ])
  })

  it('is read again on demand, with who, why, before and after in the audit', async () => {
    const audit = rememberedAudit()
    const call = anAdmin({ audit })
    const response = await call('POST', '/api/v1/policy/reload', { body: '{"why":"new limits"}' })
    expect(response.status).toBe(200)
    expect(audit.entries).toMatchObject([
      {
        phase: 'asked',
        who: 'ops',
        what: 'policy.reload',
        why: 'new limits',
        before: { revision: 'rev-1' },
      },
      { phase: 'done', who: 'ops', what: 'policy.reload', after: { ok: true, revision: 'rev-1' } },
    ])
    expect(audit.entries[0]?.id).toBe(audit.entries[1]?.id)
  })

  it('keeps the last good one where the files have problems, and lists them', async () => {
    const at = { file: 'a.yaml', line: 3, col: 5, what: 'unknown key', instead: 'remove it' }
    const { policy } = adminParts()
    const view = () => ({ ...policy.view(), stale: true, problems: [at] })
    const call = anAdmin({ policy: { view, reload: () => Promise.resolve({ ok: false }) } })
    const response = await call('POST', '/api/v1/policy/reload')
    expect(response.status).toBe(422)
    expect(await json(response)).toMatchObject({ policy: { stale: true, problems: [at] } })
  })

  it('is not touched where the audit cannot be written', async () => {
    let reloads = 0
    const { policy } = adminParts()
    const reload = () => Promise.resolve({ ok: ++reloads > 0 })
    const audit = { ...rememberedAudit(), record: () => Promise.reject(new Error('ENOSPC')) }
    const response = await anAdmin({ audit, policy: { ...policy, reload } })(
      'POST',
      '/api/v1/policy/reload',
    )
    expect(await codeOf(response)).toBe('audit-failed')
    expect(reloads).toBe(0)
  })

  it('says so where the change stands and its result could not be recorded', async () => {
    let writes = 0
    const record = () => (++writes === 1 ? Promise.resolve() : Promise.reject(new Error('ENOSPC')))
    const response = await anAdmin({ audit: { ...rememberedAudit(), record } })(
      'POST',
      '/api/v1/policy/reload',
    )
    expect(await codeOf(response)).toBe('audit-incomplete')
  })

  it('records that a reload broke down', async () => {
    const audit = rememberedAudit()
    const { policy } = adminParts()
    const response = await anAdmin({ audit, policy: { ...policy, reload: gone } })(
      'POST',
      '/api/v1/policy/reload',
    )
    expect(response.status).toBe(500)
    expect(audit.entries[1]).toMatchObject({ phase: 'done', after: { failed: true } })
  })
})

const send = (port: number, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request(
      { port, host: '127.0.0.1', path: '/api/v1/policy', headers },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
    asked.on('error', reject)
    asked.end()
  })

describe('over a real connection', () => {
  const server = createAdaptorServer({
    fetch: createAdmin(
      adminParts({ attempts: createAttempts({ clock: createFakeClock(), perMinute: 3 }) }),
    ).fetch,
  })
  afterEach(() => void server.close())

  it('counts attempts by the address of the peer', async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A TCP listener's address is an AddressInfo.
    const { port } = server.address() as AddressInfo
    expect(await send(port, { authorization: `Bearer ${OPERATOR}` })).toBe(200)
    for (let n = 0; n < 3; n++) expect(await send(port, { authorization: 'Bearer x' })).toBe(401)
    expect(await send(port, { authorization: `Bearer ${OPERATOR}` })).toBe(429)
    expect(await send(port, { host: 'evil.example' })).toBe(421)
  })
})
