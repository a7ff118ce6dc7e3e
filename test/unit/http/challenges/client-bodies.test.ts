import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withChallenges } from '../../../../src/http/challenges/client/stillwatch-client.js'
import {
  puzzleOf,
  refusalOf,
  startChallengingServer,
  type ChallengingServer,
} from '../../../support/challenging-server.ts'

let server: ChallengingServer

beforeEach(async () => {
  server = await startChallengingServer()
})
afterEach(() => server.close())

const headers = { authorization: 'Bearer sk-one' }
type Body = NonNullable<RequestInit['body']>

const TEXT = '{"model":"ä"}'
const bytes = new TextEncoder().encode(TEXT)

const streamOf = (text: string): ReadableStream =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })

/** `duplex` is missing in the types of a request although Node.js asks for it. */
const streaming = (text: string) =>
  ({ method: 'POST', headers, body: streamOf(text), duplex: 'half' }) as const

describe('a body', () => {
  it.each<[string, Body]>([
    ['a text', TEXT],
    ['bytes', bytes],
    ['a buffer', bytes.buffer],
    ['a blob', new Blob([TEXT])],
    ['a form of an address', new URLSearchParams({ model: 'm' })],
  ])('that is %s is sent twice alike', async (_, body) => {
    const answer = await withChallenges()(server.url, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    const [first, second, ...more] = server.calls()
    expect(second?.body).toBe(first?.body)
    expect(first?.body).not.toBe('')
    expect(more).toEqual([])
  })

  it('that is a form with a file is sent again', async () => {
    const body = new FormData()
    body.set('file', new File(['content'], 'a.txt'))
    const answer = await withChallenges()(server.url, { method: 'POST', headers, body })
    expect(answer.status).toBe(200)
    expect(server.calls().every(({ body: got }) => got.includes('content'))).toBe(true)
  })

  it('of a request is sent again, also where the request is one of a stream', async () => {
    for (const made of [{ method: 'POST', headers, body: TEXT }, streaming(TEXT)]) {
      server.forget()
      const request = new Request(server.url, made)
      expect((await withChallenges()(request)).status).toBe(200)
    }
    expect(server.calls().map(({ body }) => body)).toEqual([TEXT, TEXT, TEXT, TEXT])
    expect(server.calls()[1]?.headers).toMatchObject(headers)
  })

  it('of a request gives way to the one that goes with it', async () => {
    const request = new Request(server.url, { method: 'POST', headers, body: 'old' })
    expect((await withChallenges()(request, { body: 'new' })).status).toBe(200)
    expect(server.calls().map(({ body }) => body)).toEqual(['new', 'new'])
  })

  it('that is a stream is not sent again: the refusal is returned, and the next try is served', async () => {
    const call = withChallenges()
    const answer = await call(server.url, streaming(TEXT))
    expect(answer.status).toBe(403)
    expect(await answer.json()).toHaveProperty('error.challenge.id', 'challenge-0')
    expect([server.calls().length, server.answers().length]).toEqual([1, 1])
    expect((await call(server.url, streaming(TEXT))).status).toBe(200)
  })

  it('that was read already is refused as fetch refuses it', async () => {
    const request = new Request(server.url, { method: 'POST', headers, body: TEXT })
    await request.text()
    await expect(withChallenges()(request)).rejects.toThrow(TypeError)
  })
})

describe('a signal', () => {
  it('ends the call while the puzzle is solved, with its reason', async () => {
    const controller = new AbortController()
    const puzzle = await puzzleOf('endless', { keyPrefix: '0'.repeat(32) })
    const refusal = refusalOf('openai', await server.challengeFor('nobody', { puzzle }))
    const asked: unknown[] = []
    const leaving: typeof fetch = async (input) => {
      asked.push(input)
      setImmediate(() => controller.abort(new Error('enough')))
      return Response.json(refusal, { status: 403 })
    }
    const init = { method: 'POST', headers, body: TEXT, signal: controller.signal }
    const call = withChallenges(leaving, { maxWork: Number.MAX_SAFE_INTEGER })
    await expect(call(server.url, init)).rejects.toThrow('enough')
    expect(asked).toEqual([server.url])
  })

  it('ends it while the answer is awaited, that of a request too', async () => {
    const controller = new AbortController()
    server.handlers.answer = () => controller.abort(new Error('enough'))
    const init = { method: 'POST', headers, body: TEXT, signal: controller.signal }
    const call = withChallenges()
    await expect(call(new Request(server.url, init))).rejects.toThrow('enough')
    expect([server.calls().length, server.answers().length]).toEqual([1, 1])
  })

  it('ends it while it waits to answer again', async () => {
    const controller = new AbortController()
    server.handlers.answer = (response) => {
      response.on('finish', () => setImmediate(() => controller.abort(new Error('enough'))))
      response.writeHead(503, { 'retry-after': '20' }).end()
    }
    const init = { method: 'POST', headers, body: TEXT, signal: controller.signal }
    await expect(withChallenges()(server.url, init)).rejects.toThrow('enough')
    expect(server.answers()).toHaveLength(1)
  })
})
