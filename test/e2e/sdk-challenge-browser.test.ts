import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import axe from 'axe-core'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { customerPage } from '../../src/http/challenges/client/customer-page.ts'
import { startChallengingServer, type ChallengingServer } from '../support/challenging-server.ts'
import { findProgram } from '../support/system-packages.ts'

const CLIENT = readFileSync(
  new URL('../../src/http/challenges/client/stillwatch-client.js', import.meta.url),
)

const SITE = `<!doctype html><title>site</title><script type="module">
import { withChallenges } from '/client.js'
const call = withChallenges()
globalThis.play = async (url, body) => {
  const init = { method: 'POST', headers: { 'x-api-key': 'sk-page' }, body }
  const answers = await Promise.all([call(url, init), call(new Request(url, init))])
  return Promise.all(answers.map(async (answer) => [answer.status, await answer.text()]))
}
</script>`

describe('a page of a customer in a browser', () => {
  let api: ChallengingServer
  let site: Server
  let origin: string
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    api = await startChallengingServer()
    const { html } = customerPage({ contact: 'help@example.com' })
    site = createServer(({ url }, response) => {
      const script = url === '/client.js'
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html')
      response.end(script ? CLIENT : url === '/page' ? html : SITE)
    })
    await new Promise<void>((resolve) => {
      site.listen(0, '127.0.0.1', resolve)
    })
    // A listening TCP server has an address of this form.
    origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
    browser = await chromium.launch({
      executablePath: findProgram(['chromium', 'chromium-browser', 'google-chrome']) ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    })
    page = await browser.newPage()
  })
  afterAll(async () => {
    await browser.close()
    site.close()
    await api.close()
  })

  it('passes a challenge of another origin by WebCrypto, and tells it no key', async () => {
    await page.goto(origin)
    expect(await page.evaluate(() => typeof crypto.subtle.deriveBits)).toBe('function')
    const body = '{"model":"m"}'
    const served = [200, JSON.stringify({ served: body })]
    expect(await page.evaluate(`play('${api.url}/v1/x', '${body}')`)).toEqual([served, served])
    expect(api.answers().length).toBeGreaterThan(0)
    for (const { headers } of api.answers()) expect(headers).not.toHaveProperty('x-api-key')
  })

  it('finds nothing to object to on the page for customers', async () => {
    await page.goto(`${origin}/page`)
    await page.evaluate(axe.source)
    const violations = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id }) => id))',
    )
    expect(violations).toEqual([])
  })
})
