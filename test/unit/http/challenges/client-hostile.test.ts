import { describe, expect, it } from 'vitest'
import {
  withChallenges,
  type Options,
} from '../../../../src/http/challenges/client/stillwatch-client.js'
import { puzzleOf, refusalOf } from '../../../support/challenging-server.ts'

const init = { method: 'POST', headers: { authorization: 'Bearer sk-one' }, body: '{}' }

/**
 * Makes a call of a server that tells of this challenge, and takes every solution. What was asked for
 * beside the call itself, and the status that came out.
 */
const playing = async (call: string, challenge: object, options: Options = {}) => {
  const puzzle = await puzzleOf('one', { counter: 3 })
  const refusal = refusalOf('openai', { id: 'one', kind: 'proof_of_work', puzzle, ...challenge })
  const posted: { readonly url: string; readonly init: RequestInit | undefined }[] = []
  const told: string[] = []
  const fake: typeof fetch = async (input, given) => {
    const url = input instanceof Request ? input.url : String(input)
    if (url === call) {
      return posted.length > 0 ? new Response('ok') : Response.json(refusal, { status: 403 })
    }
    posted.push({ url, init: given })
    return Response.json({ clearance: 'c', expires_at: '2040-01-01T00:00:00Z' })
  }
  const onChallenge = (_challenge: unknown, why: string) => void told.push(why)
  const answer = await withChallenges(fake, { onChallenge, ...options })(call, init)
  return { status: answer.status, posted, told }
}

const CALL = 'https://api.example.com/v1/chat/completions'

describe('a solution', () => {
  it.each([
    [CALL, 'https://api.example.com/.stillwatch/challenges/a'],
    [CALL, 'https://guard.example.net/.stillwatch/challenges/a'],
    [CALL, 'https://api.example.com:8443/.stillwatch/challenges/a'],
    ['http://10.0.0.1:8080/v1/x', 'http://10.0.0.1:8080/.stillwatch/challenges/a'],
    ['http://10.0.0.1:8080/v1/x', 'https://api.example.com/.stillwatch/challenges/a'],
    ['http://[::1]:8080/v1/x', 'http://[::1]:8080/.stillwatch/challenges/a'],
  ])('of %s is posted to %s', async (call, url) => {
    const { status, posted } = await playing(call, { url })
    expect(status).toBe(200)
    expect(posted.map((one) => one.url)).toEqual([url])
    expect(posted[0]?.init).toMatchObject({
      method: 'POST',
      credentials: 'omit',
      redirect: 'manual',
    })
  })

  it('of a call by https goes by https where the guard does not know that it is behind TLS', async () => {
    const url = 'http://api.example.com/.stillwatch/challenges/a'
    const { posted } = await playing('https://api.example.com:8443/v1/x', { url })
    expect(posted.map((one) => one.url)).toEqual([
      'https://api.example.com:8443/.stillwatch/challenges/a',
    ])
  })

  it.each([
    [CALL, 'http://other.example.com/a'],
    [CALL, 'https://127.0.0.1/a'],
    [CALL, 'https://10.0.0.1/a'],
    [CALL, 'https://[::1]/a'],
    [CALL, 'https://0x7f.1/a'],
    [CALL, 'https://2130706433/a'],
    [CALL, 'https://localhost/a'],
    [CALL, 'https://metadata/a'],
    ['http://10.0.0.1:8080/v1/x', 'http://10.0.0.1:6379/a'],
    ['http://localhost:8080/v1/x', 'http://localhost:9200/a'],
    [CALL, 'https://user:pass@api.example.com/a'],
    [CALL, 'https://api.example.com\\@evil.example.net/a'],
    [CALL, 'javascript:alert(1)'],
    [CALL, 'file:///etc/passwd'],
    [CALL, 'data:text/plain,a'],
    [CALL, 'blob:https://api.example.com/a'],
    [CALL, '//evil.example.net/a'],
    [CALL, '/a'],
    [CALL, ''],
    [CALL, 'https://'],
    [CALL, `https://api.example.com:99999/a`],
  ])('of %s is not posted to %s', async (call, url) => {
    const { status, posted, told } = await playing(call, { url })
    expect([status, posted, told]).toEqual([403, [], ['foreign_url']])
  })

  it('goes to the listed origins alone where there is a list', async () => {
    const origins = ['http://guard.internal:8080']
    const listed = await playing(CALL, { url: 'http://guard.internal:8080/a' }, { origins })
    expect(listed.status).toBe(200)
    const own = await playing(CALL, { url: 'https://api.example.com/a' }, { origins })
    expect(own.status).toBe(200)
    const other = await playing(CALL, { url: 'https://guard.example.net/a' }, { origins })
    expect([other.status, other.posted]).toEqual([403, []])
  })

  it.each<[string, object]>([
    ['costs a billion rounds', { cost: 1e9 }],
    ['has an empty prefix', { keyPrefix: '' }],
    ['has no end', { keyPrefix: '0'.repeat(32) }],
  ])('is not looked for where the puzzle %s', async (_, over) => {
    const { parameters, signature } = await puzzleOf('one', { counter: 3 })
    const puzzle = { parameters: { ...parameters, ...over }, signature }
    const url = 'https://api.example.com/a'
    const { status, posted, told } = await playing(CALL, { url, puzzle }, { maxWork: 10_000 })
    expect([status, posted, told]).toEqual([403, [], ['too_much_work']])
  })

  it.each([undefined, null, 7, 'x', []])(
    'is not looked for where the puzzle is %o',
    async (puzzle) => {
      const { status, posted } = await playing(CALL, { url: 'https://api.example.com/a', puzzle })
      expect([status, posted]).toEqual([403, []])
    },
  )

  it('is not looked for where the kind is one of the future', async () => {
    const { status, told } = await playing(CALL, { url: 'https://api.example.com/a', kind: 'new' })
    expect([status, told]).toEqual([403, ['needs_person']])
  })
})

describe('an answer to a solution', () => {
  it.each([
    ['without end', 'x'.repeat(3_000_000)],
    ['that is no JSON', '<html>'],
    ['of null', 'null'],
    ['with a clearance that is no text', '{"clearance":{},"expires_at":1}'],
    [
      'with a clearance of lines',
      '{"clearance":"a\\r\\nb: c","expires_at":"2040-01-01T00:00:00Z"}',
    ],
    ['with a clearance without end', JSON.stringify({ clearance: 'x'.repeat(60_000) })],
    ['with a clearance of the past', '{"clearance":"a","expires_at":"2001-01-01T00:00:00Z"}'],
  ])('%s is taken, but nothing of it is carried', async (_, text) => {
    const puzzle = await puzzleOf('one', { counter: 3 })
    const challenge = { id: 'one', kind: 'proof_of_work', url: 'https://api.example.com/a', puzzle }
    const sent: Headers[] = []
    const fake: typeof fetch = async (input, given) => {
      if (input !== CALL) return new Response(text)
      sent.push(new Headers(given?.headers))
      return sent.length > 1
        ? new Response('ok')
        : Response.json(refusalOf('openai', challenge), { status: 403 })
    }
    const call = withChallenges(fake, { carry: true })
    expect((await call(CALL, init)).status).toBe(200)
    expect((await call(CALL, init)).status).toBe(200)
    expect(sent.map((headers) => headers.has('x-stillwatch-clearance'))).toEqual([
      false,
      false,
      false,
    ])
  })
})
