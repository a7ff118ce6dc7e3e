import { describe, expect, it } from 'vitest'
import { CHALLENGE_KINDS, type Issued } from '../../../../src/core/challenge.ts'
import { openPage } from '../../../../src/http/challenges/pages/open-page.ts'
import { plainText } from '../../../../src/http/challenges/pages/plain-text.ts'
import { toldPage } from '../../../../src/http/challenges/pages/told-page.ts'
import type { PageSetting, Shown } from '../../../../src/http/challenges/shown.ts'

const HOSTILE = `"'><script>alert(1)</script>&\u2028`

const issued: Issued = {
  id: HOSTILE,
  kind: 'proof_of_work',
  subject: 'a:secret-account',
  issuedMs: 0,
  expiresMs: 1_790_000_000_000,
  lifetimeMs: 3_600_000,
  bound: { network: 'secret-network' },
  difficulty: 1,
  decision: HOSTILE,
  rule: 'secret-rule',
  network: 'secret-network',
  stack: 'secret-stack',
}

const setting: PageSetting = {
  language: 'en',
  contact: HOSTILE,
  human: { vendor: 'turnstile', siteKey: HOSTILE },
  consoleLink: HOSTILE,
}

const shownOf = (over: Partial<Issued> = {}): Shown => ({
  id: HOSTILE,
  url: `https://h/${HOSTILE}`,
  issued: { ...issued, ...over },
  state: 'open',
  puzzle: { parameters: { salt: HOSTILE }, signature: HOSTILE },
})

const pages = CHALLENGE_KINDS.flatMap((kind) => [
  openPage(shownOf({ kind }), setting),
  toldPage('refused', setting, shownOf({ kind })),
])

describe('a page', () => {
  it('escapes every value, and holds no script and no style of its own', () => {
    for (const page of pages) {
      expect(page).not.toContain('<script>')
      expect(page).not.toMatch(/<style|\son\w+=|style="|javascript:/)
      for (const [tag] of page.matchAll(/<script[^>]*>[^<]*/g)) {
        expect(tag).toMatch(/^<script type="module" src="\.\.\/assets\/[a-z-]+\.js">$/)
      }
    }
  })

  it('tells nothing about the rule, the account or the network', () => {
    for (const page of [...pages, plainText(shownOf(), setting)])
      expect(page).not.toContain('secret')
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', '//evil.test', 'ftp://x', 'a@b@c'])(
    'makes no link of the contact %s',
    (contact) => {
      const page = toldPage('expired', { ...setting, contact }, undefined)
      expect(page).toContain(contact)
      expect(page).not.toContain('<a ')
    },
  )

  it.each([
    ['help@example.com', 'href="mailto:help@example.com"'],
    ['https://example.com/help?a=1&b=2', 'href="https://example.com/help?a=1&amp;b=2"'],
  ])('links the contact %s', (contact, link) =>
    expect(toldPage('expired', { ...setting, contact }, undefined)).toContain(link),
  )

  it('leads a holder of the account to the console where there is one, else to whoever helps', () => {
    const consoleLink = 'https://console.test/?a=1&b=2'
    const shown = shownOf({ kind: 'step_up', decision: 'dec_1' })
    const linked = openPage(shown, { ...setting, consoleLink })
    expect(linked).toContain('href="https://console.test/?a=1&amp;b=2"')
    const bare = openPage(shown, {
      ...setting,
      contact: 'help@example.com',
      consoleLink: undefined,
    })
    expect(bare).not.toContain('class="button"')
    expect(bare).toContain('mailto:help@example.com')
    expect(bare).toContain('dec_1')
    expect(plainText(shown, { ...setting, consoleLink })).toContain(consoleLink)
  })
})
