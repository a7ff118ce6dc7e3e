import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { findProgram } from './system-packages.ts'

const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
  // A name that the browser does not take for this machine: no secure context without HTTPS.
  '--host-resolver-rules=MAP insecure.test 127.0.0.1',
]

/** Starts the Chromium of the system. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: findProgram(['chromium', 'chromium-browser', 'google-chrome']) ?? '',
    args: QUIET,
  })

/** A page, and everything it did that a page of ours must not do. */
export type WatchedPage = {
  readonly page: Page
  /** Violations of the content security policy, and scripts that failed. */
  readonly wrongs: readonly string[]
  /** Addresses it asked for. */
  readonly requests: readonly string[]
  /** What axe finds in the page as it is now, in a line each. */
  axe(): Promise<readonly string[]>
  close(): Promise<void>
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type AxeResult = {
  readonly violations: readonly {
    readonly id: string
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
  }[]
}

/** Opens a page in a browser of its own settings. */
export const openWatched = async (
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> => {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const wrongs: string[] = []
  const requests: string[] = []
  page.on('pageerror', (error) => wrongs.push(error.message))
  page.on('console', (message) => {
    if (/content.security.policy|refused to/i.test(message.text())) wrongs.push(message.text())
  })
  page.on('request', (request) => requests.push(request.url()))
  await page.addInitScript(
    "document.addEventListener('securitypolicyviolation', (e) => console.warn('content security policy', e.violatedDirective, e.blockedURI))",
  )
  return {
    page,
    wrongs,
    requests,
    axe: async () => {
      await page.evaluate(AXE)
      // axe.run answers with this, among more.
      const { violations } = (await page.evaluate('axe.run(document)')) as AxeResult
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
      )
    },
    close: () => context.close(),
  }
}
