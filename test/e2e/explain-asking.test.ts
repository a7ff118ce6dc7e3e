import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askAdmin } from '../../src/commands/ask-admin.ts'
import { readCounters } from '../../src/commands/read-counters.ts'
import { startLoopbackServer, type LoopbackServer } from '../support/loopback-server.ts'
import { someFacts } from '../support/some-facts.ts'

const TOKEN = { STILLWATCH_TOKEN: 'some-operator-token' }

let there: LoopbackServer

beforeAll(async () => {
  there = await startLoopbackServer()
})

afterAll(() => there.close())

describe('asking a running guard', () => {
  it.each<[string, string, { readonly [name: string]: string }, number, RegExp]>([
    ['no URL', 'localhost:9090', TOKEN, 2, /is not a URL; write one such as/],
    ['another scheme', 'file:///etc/passwd', TOKEN, 2, /is not a URL; write one such as/],
    ['no token', 'http://127.0.0.1:9090', {}, 2, /^set STILLWATCH_TOKEN/],
    ['a token with a line break', 'http://127.0.0.1:9090', { STILLWATCH_TOKEN: 'a\nb' }, 2, /^set/],
    ['nobody there', 'http://127.0.0.1:2', TOKEN, 3, /^no guard answers at http.*ECONNREFUSED/],
    ['no such host', 'http://nobody.invalid:9090', TOKEN, 3, /^no guard answers at http/],
  ])('says one clear sentence for %s', async (_, admin, environment, exit, sentence) => {
    const answer = await askAdmin(admin, '/', environment)
    expect(answer).toEqual({ ok: false, exit, what: expect.stringMatching(sentence) })
    if (!answer.ok) expect(answer.what).not.toContain('\n')
  })

  it.each<[string, number, string, RegExp]>([
    ['a page', 404, '<html>', /is not the admin listener of a guard \(status 404\)/],
    ['another API', 404, '{"error":{}}', /is not the admin listener of a guard \(status 404\)/],
    ['a wrong token', 401, '{"title":"x"}', /does not know the token in STILLWATCH_TOKEN/],
    [
      'a refusal',
      421,
      '{"title":"Not\\u001b here","detail":"add it"}',
      /refused: Not  here: add it$/,
    ],
  ])('says what it met: %s', async (_, status, body, sentence) => {
    there.answer((response) => void response.writeHead(status).end(body))
    expect(await askAdmin(there.url, '/x', TOKEN)).toMatchObject({
      ok: false,
      exit: 3,
      what: expect.stringMatching(sentence) as string,
    })
  })

  it('follows no redirect: the token is meant for this guard', async () => {
    const before = there.asked.length
    there.answer((response) => void response.writeHead(302, { location: '/else' }).end())
    expect(await askAdmin(there.url, '/x', TOKEN)).toMatchObject({ ok: false, exit: 3 })
    expect(there.asked.length).toBe(before + 1)
  })

  it.each([
    ['no JSON', '<html>'],
    ['nothing', ''],
    ['other JSON', '{"revision":"r","limits":[{"limit":1}]}'],
    ['more than any guard says', `[${'1,'.repeat(3_000_000)}`],
    [
      'numbers that are none',
      '{"revision":"r","limits":[{"limit":"l","unit":"calls","quota":-1,"consumed":0,"remaining":0,"reset_ms":0}]}',
    ],
  ])('takes %s for no answer of a guard', async (_, body) => {
    there.answer((response) => void response.writeHead(200).end(body))
    const what = `what answers at ${there.url} is not the admin listener of a guard`
    expect(await readCounters(there.url, someFacts(), TOKEN)).toEqual({ ok: false, exit: 3, what })
  })

  it('sends no hash that only this process knows, and counts dollars as the limits do', async () => {
    const body = {
      revision: 'r-1',
      limits: [
        {
          limit: 'l',
          unit: 'usd',
          quota: 12.5,
          consumed: 0.000001,
          remaining: 12.499999,
          reset_ms: 5,
        },
      ],
    }
    there.answer((response) => void response.writeHead(200).end(JSON.stringify(body)))
    const facts = someFacts()
    facts.add({
      'caller.credential': 'hash',
      'account.id': 'acct 1&x',
      'campaign.axes': ['a', 'b'],
    })
    expect(await readCounters(there.url, facts, TOKEN)).toEqual({
      ok: true,
      revision: 'r-1',
      limits: new Map([
        [
          'l',
          {
            quota: 12_500_000_000,
            consumed: 1_000,
            remaining: 12_499_999_000,
            resetMs: 5,
            resetsAt: undefined,
          },
        ],
      ]),
    })
    const { searchParams } = new URL(there.asked.at(-1)?.url ?? '', there.url)
    expect(searchParams.get('account.id')).toBe('acct 1&x')
    expect(searchParams.getAll('campaign.axes')).toEqual(['a', 'b'])
    expect(searchParams.has('caller.credential')).toBe(false)
    expect([...searchParams.keys()].some((name) => name.startsWith('trust.'))).toBe(false)
  })
})
