import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  withChallenges,
  type Options,
} from '../../../../src/http/challenges/client/stillwatch-client.js'
import {
  refusalOf,
  sendJson,
  startChallengingServer,
  type ChallengingServer,
} from '../../../support/challenging-server.ts'

const BODY = '{"model":"m"}'

let server: ChallengingServer

beforeEach(async () => {
  server = await startChallengingServer()
})
afterEach(() => server.close())

const post = (body = BODY, over: RequestInit = {}): RequestInit => ({
  method: 'POST',
  headers: { authorization: 'Bearer sk-one', 'content-type': 'application/json' },
  body,
  ...over,
})

const calling = (options?: Options, fetch = globalThis.fetch) => {
  const wrapped = withChallenges(fetch, options)
  return (init = post(), path = '/v1/chat/completions') => wrapped(`${server.url}${path}`, init)
}

describe('a call that is challenged', () => {
  it.each(['openai', 'anthropic', 'gemini'] as const)(
    'is answered and sent again once, in the envelope of %s',
    async (dialect) => {
      await server.close()
      server = await startChallengingServer(dialect)
      const answer = await calling()()
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({ served: BODY })
      expect(server.calls()).toHaveLength(2)
      expect(server.answers()).toHaveLength(1)
    },
  )

  it('is answered without its credential, its cookies and its headers', async () => {
    const headers = { 'x-api-key': 'sk-one', cookie: 'a=b', 'api-key': 'x', 'x-own': 'y' }
    await calling()(post(BODY, { headers }))
    expect(server.answers()).toHaveLength(1)
    const text = JSON.stringify(server.answers())
    expect(text).not.toMatch(/sk-one|cookie|api-key|x-own|authorization/)
  })

  it('is followed by calls that meet nothing', async () => {
    const call = calling()
    await call()
    expect((await call()).status).toBe(200)
    expect(server.calls()).toHaveLength(3)
  })

  it('is not sent a third time where it is challenged again', async () => {
    server.handlers.call = async (response) =>
      sendJson(response, 403, refusalOf('openai', await server.challengeFor('nobody')))
    const answer = await calling()()
    expect(answer.status).toBe(403)
    expect(await answer.json()).toHaveProperty('error.challenge.id', 'challenge-1')
    expect(server.calls()).toHaveLength(2)
    expect(server.answers()).toHaveLength(1)
  })

  it('is sent again where the challenge was spent by an earlier try', async () => {
    const { answer } = server.handlers
    server.handlers.answer = async (response, one) => {
      if (server.answers().length === 1) await answer(response, one)
      else sendJson(response, 409, {})
    }
    let lost = false
    const losing: typeof fetch = async (input, init) => {
      const got = await fetch(input, init)
      if (lost || !JSON.stringify(input).includes('.stillwatch')) return got
      lost = true
      return new Response('', { status: 503, headers: { 'retry-after': '0' } })
    }
    expect((await calling({}, losing)()).status).toBe(200)
    expect(server.answers()).toHaveLength(2)
  })

  it.each([429, 503])(
    'waits once where the answer is %i, as long as it is told',
    async (status) => {
      const { answer } = server.handlers
      server.handlers.answer = (response, one) =>
        server.answers().length > 1
          ? answer(response, one)
          : void response.writeHead(status, { 'retry-after': '0' }).end()
      expect((await calling()()).status).toBe(200)
      expect(server.answers()).toHaveLength(2)
    },
  )

  it.each([
    ['429 for too long', { status: 429, 'retry-after': '3600' }, 1],
    ['503 without end', { status: 503, 'retry-after': '0' }, 2],
    ['422', { status: 422 }, 1],
    ['410', { status: 410 }, 1],
    ['a redirect', { status: 307, location: '/elsewhere' }, 1],
  ])('is returned as it came where the answer is %s', async (_, { status, ...headers }, times) => {
    server.handlers.answer = (response) => void response.writeHead(status, headers).end()
    const told: string[] = []
    const answer = await calling({ onChallenge: (_challenge, why) => void told.push(why) })()
    expect(answer.status).toBe(403)
    expect(await answer.json()).toHaveProperty('error.challenge.id', 'challenge-0')
    expect(server.answers()).toHaveLength(times)
    expect(server.calls()).toHaveLength(1)
    expect(told).toEqual(['not_accepted'])
  })
})

describe('a challenge for a person', () => {
  beforeEach(() => {
    server.handlers.call = async (response) => {
      const over = { kind: 'human', puzzle: undefined }
      const challenge = await server.challengeFor('nobody', over)
      if (server.calls().length > 1) sendJson(response, 200, { served: 'now' })
      else sendJson(response, 403, refusalOf('openai', challenge))
    }
  })

  it('is returned as it came', async () => {
    const answer = await calling()()
    expect(await answer.json()).toHaveProperty('error.challenge.kind', 'human')
    expect([answer.status, server.calls().length]).toEqual([403, 1])
  })

  it('is told, and passed once the program says so', async () => {
    const told: unknown[] = []
    const call = calling({
      onChallenge: async ({ kind, url }, why) => {
        told.push([kind, url, why])
        return true
      },
    })
    expect((await call()).status).toBe(200)
    const url = `${server.url}/.stillwatch/challenges/challenge-0`
    expect(told).toEqual([['human', url, 'needs_person']])
  })

  it('is no reason to outstay the signal of the call', async () => {
    const controller = new AbortController()
    const onChallenge = () => {
      controller.abort(new Error('enough'))
      return new Promise<boolean>(() => undefined)
    }
    const call = calling({ onChallenge })
    await expect(call(post(BODY, { signal: controller.signal }))).rejects.toThrow('enough')
  })
})

describe('calls at the same time', () => {
  const together = async (calls: readonly Promise<Response>[]): Promise<number[]> =>
    (await Promise.all(calls)).map(({ status }) => status)

  it('of one credential share one solution', async () => {
    const call = calling()
    expect(await together(Array.from({ length: 8 }, () => call()))).toEqual(Array(8).fill(200))
    expect(server.answers()).toHaveLength(1)
  })

  it('of other credentials do not', async () => {
    const call = calling()
    const of = (key: string) => call(post(BODY, { headers: { authorization: key } }))
    expect(await together([of('a'), of('b')])).toEqual([200, 200])
    expect(server.answers()).toHaveLength(2)
  })

  it('without a credential share a solution where the challenge is the same', async () => {
    const same = await server.challengeFor('')
    server.handlers.call = (response) =>
      server.answers().length > 0
        ? sendJson(response, 200, {})
        : sendJson(response, 403, refusalOf('openai', same))
    const call = calling()
    const bare = () => call(post(BODY, { headers: {} }))
    expect(await together([bare(), bare(), bare()])).toEqual([200, 200, 200])
    expect(server.answers()).toHaveLength(1)
  })

  it('solve their own where the shared one was not enough', async () => {
    const { call: judge } = server.handlers
    server.handlers.call = async (response, one) => {
      const isOwn = one.body === 'own' && server.answers().length < 2
      if (!isOwn) return judge(response, one)
      sendJson(response, 403, refusalOf('openai', await server.challengeFor('another')))
    }
    const call = calling()
    expect(await together([call(), call(post('own'))])).toEqual([200, 200])
    expect(server.answers()).toHaveLength(2)
  })

  it('go on where one of them leaves', async () => {
    const controller = new AbortController()
    const call = calling()
    const { answer } = server.handlers
    server.handlers.answer = (response, one) => {
      controller.abort(new Error('left'))
      return answer(response, one)
    }
    const leaving = call(post(BODY, { signal: controller.signal }))
    const [left, stayed] = await Promise.allSettled([leaving, call()])
    expect(left).toMatchObject({ status: 'rejected', reason: { message: 'left' } })
    expect(stayed).toMatchObject({ status: 'fulfilled', value: { status: 200 } })
  })
})

describe('a clearance', () => {
  const HEADER = 'x-stillwatch-clearance'
  const sent = () => server.calls().map(({ headers }) => headers[HEADER])

  it('is not carried unless that is asked for', async () => {
    const call = calling()
    await call()
    await call()
    expect(sent()).toEqual([undefined, undefined, undefined])
  })

  it('is carried for its credential, on its origin, until it runs out', async () => {
    const call = calling({ carry: true })
    await call()
    await call()
    expect(sent()).toEqual([undefined, 'clearance-of-challenge-0', 'clearance-of-challenge-0'])
    const other = await call(post(BODY, { headers: { authorization: 'Bearer sk-two' } }))
    expect(other.status).toBe(200)
    expect(sent().slice(3)).toEqual([undefined, 'clearance-of-challenge-1'])
  })

  it('never reaches another origin', async () => {
    const elsewhere = await startChallengingServer()
    const wrapped = withChallenges(fetch, { carry: true })
    await wrapped(`${server.url}/v1/x`, post())
    await wrapped(`${elsewhere.url}/v1/x`, post())
    expect(elsewhere.calls().map(({ headers }) => headers[HEADER])).toEqual([
      undefined,
      'clearance-of-challenge-0',
    ])
    expect(elsewhere.answers()).toHaveLength(1)
    await elsewhere.close()
  })
})
