import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CLIENT_FILES } from '../../../../src/http/challenges/client/client-files.ts'
import { customerPage } from '../../../../src/http/challenges/client/customer-page.ts'
import { ANSWER_REFUSALS } from '../../../../src/http/challenges/refusals.ts'

const page = customerPage({ publicUrl: 'https://api.acme.test/', contact: 'help@acme.test' })

const unescaped = (html: string): string =>
  html
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

const python = readFileSync(
  new URL('../../../../src/http/challenges/client/stillwatch_client.py', import.meta.url),
  'utf8',
)

const declarations = readFileSync(
  new URL('../../../../src/http/challenges/client/stillwatch-client.d.ts', import.meta.url),
  'utf8',
)

describe('the page for customers', () => {
  it('tells the same in HTML and in plain text', () => {
    const words = (text: string) => text.replace(/[`=\-\s]+/g, '')
    // The heads of tables are for tables, and links have their addresses in the text.
    const [body = ''] = page.html
      .slice(page.html.indexOf('<h1>'))
      .replace(/<thead>.*<\/thead>/g, '')
      .split('<h2>Files')
    const text = words(page.text)
    const pieces = unescaped(body.replace(/<\/?code>/g, '')).split(/<[^>]*>/)
    for (const piece of pieces) expect(text).toContain(words(piece.replace(/“|”/g, '')))
  })

  it('holds the very Python file, byte for byte', () => {
    expect(unescaped(page.html)).toContain(python)
    const indented = python.trimEnd().replace(/^(?=.)/gm, '    ')
    expect(page.text).toContain(indented)
  })

  it('tells every status of an answer', () => {
    for (const { status } of Object.values(ANSWER_REFUSALS)) {
      expect(page.text).toMatch(new RegExp(`^(?:\\d+, )*${status}(?:, \\d+)*  `, 'm'))
    }
  })

  it('names the address of the guard, and an example where it is not known', () => {
    expect(page.text).toContain('https://api.acme.test/.stillwatch/stillwatch_client.py')
    expect(page.text).not.toContain('example.com')
    expect(customerPage({}).text).toContain('https://api.example.com/v1')
  })

  it('says that a challenged call was neither executed nor billed', () => {
    expect(page.text.replace(/\s+/g, ' ')).toContain(
      'It was not executed, it reached no model, and it is not billed.',
    )
  })

  it('says what `why` can be, with the very names', () => {
    const declared = /export type Why = (.+)/.exec(declarations)?.[1]?.match(/\w+/g)
    expect(declared).toHaveLength(4)
    for (const why of declared ?? []) expect(page.text).toMatch(new RegExp(`^\`${why}\`  `, 'm'))
  })

  it('promises no more than holds: of the network, of the time, and under one name for the id', () => {
    const text = page.text.replace(/\s+/g, ' ')
    expect(text).toContain('from the network the call came from where the page asks for that')
    expect(text).toContain('a second, seldom more than ten')
    expect(text).toContain('`Request id`')
    expect(text).not.toMatch(/always enough|a second or two|about a second|the number\b(?! of)/)
  })

  it('has no style, script or unsafe text of its own', () => {
    expect(page.html).not.toMatch(/<style|<script|style=|onclick/)
    const odd = customerPage({ publicUrl: 'https://a.test/"><script>', contact: '<script>' })
    expect(odd.html).not.toContain('<script>')
  })

  it('links every file that customers load, each of which is there', () => {
    for (const { name, path } of CLIENT_FILES) {
      expect(page.html).toContain(`href="${name}"`)
      expect(readFileSync(path).length).toBeGreaterThan(100)
    }
  })
})
