import { describe, expect, it } from 'vitest'
import { withChallenges } from '../../../../src/http/challenges/client/stillwatch-client.js'
import { refusalOf } from '../../../support/challenging-server.ts'

const URL_OF_CALL = 'https://api.example.com/v1/chat/completions'
const init = { method: 'POST', headers: { authorization: 'Bearer sk-one' }, body: '{}' }
const json = { 'content-type': 'application/json' }

/** A `fetch` that gives one answer, and how often it was asked. */
const giving = (make: () => Response) => {
  const asked: unknown[] = []
  const given = make()
  const fake: typeof fetch = async (input, init_) => {
    asked.push([input, init_])
    return given
  }
  return { asked, given, fake }
}

const CHALLENGE = { id: 'a', kind: 'proof_of_work', url: 'https://api.example.com/a' }

describe('an answer that is no challenge', () => {
  it.each<[string, () => Response]>([
    ['a success', () => new Response('{"a":1}', { headers: json })],
    [
      'a success that looks like one',
      () => Response.json(refusalOf('openai', CHALLENGE), { status: 200 }),
    ],
    ['another 403', () => Response.json({ error: { code: 'denied' } }, { status: 403 })],
    ['a 403 of text', () => new Response('no', { status: 403 })],
    [
      'a 403 of HTML',
      () => new Response('<p>', { status: 403, headers: { 'content-type': 'a/b' } }),
    ],
    ['a 403 that is not JSON', () => new Response('{', { status: 403, headers: json })],
    ['a 403 of a list', () => Response.json([1], { status: 403 })],
    ['a 403 of null', () => Response.json(null, { status: 403 })],
    ['a 403 without a body', () => new Response(null, { status: 403, headers: json })],
    ['details of null', () => Response.json({ error: { details: [null, 1] } }, { status: 403 })],
    ['details of text', () => Response.json({ error: { details: 'x' } }, { status: 403 })],
    [
      'a challenge without a url',
      () => Response.json(refusalOf('openai', { id: 'a', kind: 'human' }), { status: 403 }),
    ],
    ['a limit', () => Response.json(refusalOf('openai', CHALLENGE), { status: 429 })],
    ['a failure', () => Response.json({}, { status: 500 })],
  ])('is returned as it is and can be read: %s', async (_, make) => {
    const { asked, given, fake } = giving(make)
    const answer = await withChallenges(fake)(URL_OF_CALL, init)
    expect(answer).toBe(given)
    expect(answer.bodyUsed).toBe(false)
    expect(await answer.text()).toBe(await make().text())
    expect(asked).toEqual([[URL_OF_CALL, init]])
  })

  it('is returned whole where it is longer than a refusal can be', async () => {
    const text = JSON.stringify({ error: { challenge: CHALLENGE, filling: 'x'.repeat(3_000_000) } })
    const { asked, fake } = giving(() => new Response(text, { status: 403, headers: json }))
    expect(await (await withChallenges(fake)(URL_OF_CALL, init)).text()).toBe(text)
    expect(asked).toHaveLength(1)
  })

  it('is returned while it still streams', async () => {
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        feed = controller
      },
    })
    const { given, fake } = giving(
      () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    )
    const answer = await withChallenges(fake)(URL_OF_CALL, init)
    expect(answer).toBe(given)
    feed?.enqueue(new TextEncoder().encode('data: 1\n\n'))
    feed?.close()
    expect(await answer.text()).toBe('data: 1\n\n')
  })

  it('breaks for its reader as it broke for the wrapper', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('cut')) })
    const { fake } = giving(() => new Response(body, { status: 403, headers: json }))
    const answer = await withChallenges(fake)(URL_OF_CALL, init)
    await expect(answer.text()).rejects.toThrow('cut')
  })
})

describe('a call that fails', () => {
  it('fails as fetch fails', async () => {
    const failing = () => Promise.reject(new TypeError('fetch failed'))
    await expect(withChallenges(failing)(URL_OF_CALL, init)).rejects.toThrow('fetch failed')
    await expect(withChallenges()('not a url', init)).rejects.toThrow(TypeError)
  })
})
