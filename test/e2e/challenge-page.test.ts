import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRealChallenges, type RealChallenges } from '../support/real-challenges.ts'
import { until } from '../support/wait.ts'
import { openWatched, startBrowser, type WatchedPage } from '../support/watched-browser.ts'

const PHONE = { viewport: { width: 360, height: 740 } }

const statusOf = async (rig: RealChallenges, id: string): Promise<unknown> => {
  const response = await fetch(rig.at(id), { headers: { accept: 'application/json' } })
  return ((await response.json()) as { status: unknown }).status
}

const heading = (page: Page): Promise<string | null> => page.locator('h1').textContent()

describe('the page of a proof of work, in Chromium, over real parts', () => {
  const dir = mkdtempSync(join(tmpdir(), 'stillwatch-'))
  let rig: RealChallenges
  let browser: Browser
  let watched: WatchedPage

  beforeAll(async () => {
    rig = await startRealChallenges(dir)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await rig.close()
    rmSync(dir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    watched = await openWatched(browser, { ...PHONE, locale: 'en-GB' })
  })
  afterEach(async () => {
    const { requests, wrongs } = watched
    await watched.close()
    expect(wrongs).toEqual([])
    expect(requests.filter((url) => !url.startsWith(`${rig.url}/.stillwatch/`))).toEqual([])
  })

  it('is passed by moving the mouse to the box and clicking it', async () => {
    const { page } = watched
    const id = rig.issue()
    await page.goto(rig.at(id))
    const box = await page.getByRole('checkbox').boundingBox()
    expect(box).not.toBeNull()
    if (box === null) return
    await page.mouse.move(5, 5)
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 20 })
    await page.mouse.down()
    await page.mouse.up()
    await page.getByRole('heading', { name: 'Done. Repeat your call' }).waitFor()
    expect(await statusOf(rig, id)).toBe('passed')
    expect(await watched.axe()).toEqual([])
  })

  it('is passed by the keyboard alone, and takes the reader to the outcome', async () => {
    const { page } = watched
    const id = rig.issue()
    await page.goto(rig.at(id))
    await page.getByRole('checkbox').waitFor()
    await until('the box has the focus', async () => {
      await page.keyboard.press('Tab')
      return page.evaluate<boolean>('document.activeElement.type === "checkbox"')
    })
    await page.keyboard.press('Space')
    await page.getByRole('heading', { name: 'Done. Repeat your call' }).waitFor()
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')
    expect(await page.title()).toBe('Done. Repeat your call')
    expect(await statusOf(rig, id)).toBe('passed')
  })

  it('is passed by a reader whose clock is hours ahead', async () => {
    const { page } = watched
    await page.clock.install({ time: Date.now() + 5 * 3_600_000 })
    const id = rig.issue()
    await page.goto(rig.at(id))
    await page.clock.resume()
    await page.getByRole('checkbox').click()
    await page.getByRole('heading', { name: 'Done. Repeat your call' }).waitFor()
    expect(await statusOf(rig, id)).toBe('passed')
  })

  it('says that it was answered before, where somebody else was faster', async () => {
    const { page } = watched
    const id = rig.issue()
    await page.goto(rig.at(id))
    const other = await openWatched(browser)
    await other.page.goto(rig.at(id))
    await other.page.getByRole('checkbox').click()
    await other.page.getByRole('heading', { name: /Done/ }).waitFor()
    await other.close()
    await page.getByRole('checkbox').click()
    await page.getByRole('status').getByText('answered before').waitFor()
    await page.reload()
    expect(await heading(page)).toBe('Done. Repeat your call')
  })

  it('lets the reader try again where the connection was lost', async () => {
    const { page } = watched
    const id = rig.issue()
    await page.goto(rig.at(id))
    await page.route(rig.at(id), (route) =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await page.getByRole('checkbox').click()
    await page.getByRole('status').getByText('connection was lost').waitFor()
    expect(await watched.axe()).toEqual([])
    await page.unroute(rig.at(id))
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('checkbox').click()
    await page.getByRole('heading', { name: /Done/ }).waitFor()
  })

  it('shows a step-up that its holder confirms elsewhere, without a reload by hand', async () => {
    const { page } = watched
    const id = rig.issue({ kind: 'step_up', difficulty: 1 })
    await page.clock.install()
    await page.goto(rig.at(id))
    expect(
      await page.getByRole('link', { name: 'Confirm in your account' }).getAttribute('href'),
    ).toContain('https://console.example.com/confirm?challenge=')
    const [subject, nowMs] = ['a:acct_1', Date.now()]
    const refused = rig.opened(id)
    rig.table.take({
      id: refused.id,
      kind: 'step_up',
      subject,
      state: 'refused',
      atMs: nowMs,
      expiresMs: nowMs + 600_000,
      bound: {},
    })
    await page.clock.fastForward(11_000)
    await page.getByRole('heading', { name: 'This was not confirmed' }).waitFor()
  })

  it('speaks German to who asks for it, and holds the plain way without JavaScript', async () => {
    const german = await openWatched(browser, {
      ...PHONE,
      locale: 'de-AT',
      javaScriptEnabled: false,
    })
    await german.page.goto(rig.at(rig.issue()))
    expect(await heading(german.page)).toContain('Eine kurze Prüfung')
    expect(await german.page.locator('html').getAttribute('lang')).toBe('de')
    expect(await german.page.locator('noscript p').isVisible()).toBe(true)
    expect(await german.page.locator('pre').textContent()).toContain('curl')
    await german.close()
  })
})
