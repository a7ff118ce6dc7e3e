import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChallengeRig, type ChallengeRig } from '../support/challenge-rig.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'
import { scriptedDesk, type ScriptedDesk } from '../support/scripted-desk.ts'
import { openWatched, startBrowser } from '../support/watched-browser.ts'

/** What a vendor's script comes to: a widget that gives a token when its button is pressed. */
const VENDOR_SCRIPT = `
globalThis.turnstile = {
  render(box, options) {
    const button = document.createElement('button')
    button.textContent = 'I am here'
    button.addEventListener('click', () => options.callback(button.dataset.token ?? 'good'))
    box.append(button)
    globalThis.rendered = { sitekey: options.sitekey, action: options.action, cData: options.cData }
    return 'w1'
  },
  reset() {},
}
globalThis[new URL(document.currentScript.src).searchParams.get('onload')]()
`

const STATES = [
  'proof',
  'human',
  'step-up',
  'passed',
  'refused',
  'expired',
  'unavailable',
  'elsewhere',
  'alone',
  'malformed',
] as const

describe('every state of the page, in Chromium', () => {
  let desk: ScriptedDesk
  let rig: ChallengeRig
  let vendor: LoopbackServer
  let browser: Browser

  beforeAll(async () => {
    vendor = await startLoopbackServer()
    vendor.answer((response) =>
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(VENDOR_SCRIPT),
    )
    desk = scriptedDesk()
    desk.issue('proof')
    desk.issue('human', 'open', { kind: 'human' })
    desk.issue('step-up', 'open', { kind: 'step_up' })
    desk.issue('passed', 'passed')
    desk.issue('refused', 'refused', { kind: 'step_up' })
    desk.issue('expired', 'expired')
    desk.issue('unavailable', 'unavailable')
    desk.issue('elsewhere', 'open', { bound: { network: 'another' } })
    desk.issue('alone', 'open', { kind: 'step_up', decision: 'no-console' })
    rig = await startChallengeRig(desk, {
      human: { vendor: 'turnstile', siteKey: 'site-1', scriptUrl: `${vendor.url}/api.js` },
      stepUp: {
        linkFor: ({ kind, decision }) =>
          kind === 'step_up' && decision !== 'no-console'
            ? 'https://console.example.com/'
            : undefined,
        receive: () => Promise.resolve({ kind: 'disabled' }),
      },
    })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await rig.close()
    await vendor.close()
  })

  it.each(STATES)(
    '"%s" is clean to axe and fits a phone, light and dark, in both languages',
    async (id) => {
      for (const [colorScheme, locale] of [
        ['light', 'en'],
        ['dark', 'de'],
      ] as const) {
        const watched = await openWatched(browser, {
          colorScheme,
          locale,
          viewport: { width: 360, height: 740 },
        })
        const { page } = watched
        await page.goto(rig.at(id))
        await page.waitForLoadState('networkidle')
        expect(await watched.axe()).toEqual([])
        const overflow =
          'document.documentElement.scrollWidth - document.documentElement.clientWidth'
        expect(await page.evaluate(overflow)).toBe(0)
        expect(watched.wrongs).toEqual([])
        expect(await page.context().cookies()).toEqual([])
        const foreign = watched.requests.filter((url) => !url.startsWith(rig.url))
        expect(foreign.every((url) => id === 'human' && url.startsWith(vendor.url))).toBe(true)
        await watched.close()
      }
    },
  )

  it('"/.stillwatch/" is clean to axe too', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const watched = await openWatched(browser, { colorScheme })
      await watched.page.goto(`${rig.url}/.stillwatch`)
      expect(watched.page.url()).toBe(`${rig.url}/.stillwatch/`)
      expect(await watched.axe()).toEqual([])
      expect(watched.wrongs).toEqual([])
      await watched.close()
    }
  })

  it('has the vendor’s widget ask for this challenge, and sends the token it gives', async () => {
    desk.issue('human-2', 'open', { kind: 'human' })
    const watched = await openWatched(browser, { locale: 'en' })
    const { page } = watched
    await page.goto(rig.at('human-2'))
    const button = page.getByRole('button', { name: 'I am here' })
    await button.waitFor()
    expect(await page.evaluate('globalThis.rendered')).toEqual({
      sitekey: 'site-1',
      action: 'stillwatch',
      cData: 'human-2',
    })
    await page.evaluate("document.querySelector('button').dataset.token = 'bad'")
    await button.click()
    await page.getByRole('status').getByText('did not work').waitFor()
    await page.evaluate("document.querySelector('button').dataset.token = 'good'")
    await button.click()
    await page.getByRole('heading', { name: /Done/ }).waitFor()
    expect(watched.wrongs).toEqual([])
    await watched.close()
  })

  it('says so where the vendor cannot be reached', async () => {
    const watched = await openWatched(browser, { locale: 'en' })
    await watched.page.route(`${vendor.url}/**`, (route) => route.abort())
    await watched.page.goto(rig.at('human'))
    await watched.page.getByRole('status').getByText('Cloudflare Turnstile could not be').waitFor()
    expect(await watched.axe()).toEqual([])
    await watched.close()
  })

  it('leads to the way of programs where a connection without HTTPS keeps the box from working', async () => {
    const watched = await openWatched(browser, { locale: 'en' })
    const { page } = watched
    await page.goto(rig.at('proof').replace('127.0.0.1', 'insecure.test'))
    await page.getByRole('status').getByText('needs a connection by HTTPS').waitFor()
    expect(await page.locator('pre').isVisible()).toBe(true)
    expect(await page.getByRole('checkbox').count()).toBe(0)
    expect(await watched.axe()).toEqual([])
    expect(watched.wrongs).toEqual([])
    await watched.close()
  })

  it('runs no script of another origin, not even where markup for it got in', async () => {
    const watched = await openWatched(browser)
    const { page } = watched
    await page.goto(rig.at('proof'))
    await page.evaluate(
      `const s = document.createElement('script'); s.src = '${vendor.url}/evil.js'; document.head.append(s)`,
    )
    await page.waitForLoadState('networkidle')
    expect(watched.wrongs.join()).toContain('script-src')
    expect(vendor.asked.some(({ url }) => url.includes('evil'))).toBe(false)
    await watched.close()
  })
})
