import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStandIn, type StandIn } from '../../src/demo/stand-in.ts'
import { startGuard, type GuardProcess } from '../support/guard-process.ts'
import { findProgram } from '../support/system-packages.ts'

const POLICY = `version: 1
tiers: [{ id: all, when: 'true', factor: 1 }]
limits:
  - { id: preflights, per: [caller.network], when: 'request.kind == "other"', count: requests, quota: 2, window: 1h }
`

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
]

describe('a page in a browser', () => {
  let standIn: StandIn
  let guard: GuardProcess
  let site: Server
  let browser: Browser

  beforeAll(async () => {
    standIn = await createStandIn()
    guard = await startGuard({
      settings: { upstreams: [{ id: 'main', url: standIn.url, dialect: 'openai' }] },
      policies: { 'policy.yaml': POLICY },
    })
    site = createServer((_, response) => response.end('<!doctype html><title>site</title>'))
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({
      executablePath: findProgram(['chromium', 'chromium-browser', 'google-chrome']) ?? '',
      args: QUIET,
    })
  })
  afterAll(async () => {
    await browser.close()
    site.close()
    await guard.stop()
    await standIn.close()
  })

  it('has its preflight judged by the upstream, within the limit of its network', async () => {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`)
    const call = (path: string): Promise<string> =>
      page.evaluate(async (url) => {
        try {
          const answer = await fetch(url, {
            method: 'POST',
            headers: { authorization: 'Bearer sk-page', 'content-type': 'application/json' },
            body: '{"model":"m","messages":[]}',
          })
          return String(answer.status)
        } catch {
          return 'blocked by the browser'
        }
      }, `${guard.url}${path}`)
    // The stand-in, like the real API, allows no foreign origin: the browser must be the one to say so.
    expect(await call('/v1/chat/completions')).toBe('blocked by the browser')
    const preflights = standIn.calls.filter(({ method }) => method === 'OPTIONS')
    expect(preflights.length).toBe(1)
    expect(standIn.calls.filter(({ method }) => method === 'POST')).toEqual([])

    await call('/v1/embeddings')
    await call('/v1/completions')
    expect(standIn.calls.filter(({ method }) => method === 'OPTIONS').length).toBe(2)
    const refused = await guard.admin('/api/v1/decisions?verdict=throttle')
    expect(refused.body).toMatchObject({
      decisions: [{ 'http.request.method': 'OPTIONS', 'stillwatch.operation': 'cors.preflight' }],
    })
  })

  it('reads the landing page of the admin listener, which holds no secret and runs no script', async () => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    const answer = await page.goto(guard.adminUrl)
    expect(answer?.headers()['content-security-policy']).toContain("default-src 'none'")
    expect(await page.content()).not.toContain(guard.token)
    expect(await page.locator('script').count()).toBe(0)
    expect(errors).toEqual([])
  })
})
