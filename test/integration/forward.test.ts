import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createForwardRig, type RigOptions } from '../support/forward-rig.ts'
import { createPlainUpstream, type Seen } from '../support/plain-upstream.ts'
import { rawOf, valuesOf } from '../support/raw-headers.ts'
import { standstill } from '../support/standstill.ts'
import { until } from '../support/wait.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const setUp = async (
  answer: (response: ServerResponse, seen: Seen) => void,
  options: Partial<RigOptions> = {},
) => {
  const upstream = await createPlainUpstream(answer)
  const rig = await createForwardRig({ url: upstream.url, ...options })
  open.push(rig, upstream)
  return { upstream, rig }
}

describe('a forwarded call', () => {
  it('reaches the upstream with the judged bytes, target and headers in order and case', async () => {
    const { rig, upstream } = await setUp((response) => response.end('{}'))
    await rig.ask({
      path: '/v1/chat/completions?a=1',
      headers: ['X-Stainless-Lang', 'js', 'AUTHORIZATION', 'Bearer sk-test', 'b-2', 'x'],
    })
    const { port } = new URL(upstream.url)
    expect(upstream.seen).toEqual([
      {
        method: 'POST',
        target: '/v1/chat/completions?a=1',
        rawHeaders: rawOf(
          `host: 127.0.0.1:${port}`,
          'connection: keep-alive',
          'X-Stainless-Lang: js',
          'AUTHORIZATION: Bearer sk-test',
          'b-2: x',
          'accept-encoding: identity',
          'content-length: 29',
        ),
        body: Buffer.from('{"model":"m-1","messages":[]}'),
      },
    ])
  })

  it('has the base path of its upstream put before its target', async () => {
    const upstream = await createPlainUpstream((response) => response.end('{}'))
    const rig = await createForwardRig({ url: `${upstream.url}/openai/v1x/` })
    open.push(rig, upstream)
    await rig.ask({ path: '/v1/models?limit=2' })
    expect(upstream.seen[0]?.target).toBe('/openai/v1x/v1/models?limit=2')
  })

  it('gets its answer byte for byte, headers in order and case, with the added ones last', async () => {
    const bytes = randomBytes(300_000)
    const { rig } = await setUp(
      (response) => {
        const passed = ['X-Request-Id: req_1', 'X-Twice: a', 'x-twice: b', 'date: today']
        const dropped = ['x-own: theirs', 'X-Stillwatch-Decision: forged', 'set-cookie: a=b']
        response.writeHead(201, rawOf(...passed, ...dropped))
        for (let at = 0; at < bytes.length; at += 7_777) {
          response.write(bytes.subarray(at, at + 7_777))
        }
        response.end()
      },
      { addedHeaders: ['x-stillwatch-decision', 'id-1', 'x-own', 'ours'] },
    )
    const got = await rig.ask()
    expect(got.status).toBe(201)
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(got.whole).toBe(true)
    expect(got.headers.slice(0, 12)).toEqual(
      rawOf(
        'X-Request-Id: req_1',
        'X-Twice: a',
        'x-twice: b',
        'date: today',
        'x-stillwatch-decision: id-1',
        'x-own: ours',
      ),
    )
    expect(rig.journeys[0]).toEqual({
      chosen: 'main',
      upstreamStatus: 201,
      firstBytes: 1,
      ending: {
        kind: 'complete',
        fault: undefined,
        usage: undefined,
        estimatedOutputTokens: 0,
        bytesOut: 300_000,
      },
    })
  })

  it('is metered by what its answer reports', async () => {
    const { rig } = await setUp((response) => response.end('{"input":12,"output":34}'))
    await rig.ask()
    expect(rig.journeys[0]?.ending?.usage).toEqual({ inputTokens: 12, outputTokens: 34 })
  })

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s answered with %i has no body and is complete', async (method, status) => {
    const { rig } = await setUp(
      (response) => {
        response.writeHead(status, status === 204 ? {} : { 'content-length': '5' }).end()
      },
      { call: { method, body: undefined } },
    )
    const got = await rig.ask({ method })
    expect([got.status, got.text, got.whole]).toEqual([status, '', true])
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'complete', bytesOut: 0 })
  })

  it('is not followed to where a redirect points', async () => {
    const { rig, upstream } = await setUp((response) =>
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    )
    const got = await rig.ask()
    expect([got.status, valuesOf(got.headers, 'location')]).toEqual([307, ['http://127.0.0.1:1/']])
    expect(upstream.seen).toHaveLength(1)
  })

  it('that no upstream serves is refused as unknown_model', async () => {
    const { rig } = await setUp((response) => response.end(), { upstream: { models: ['gpt-*'] } })
    expect((await rig.ask()).status).toBe(404)
    expect(rig.journeys[0]?.rejected).toBe('unknown_model')
  })

  it('is counted without usage where the reader of its dialect throws, and passes untouched', async () => {
    const { rig } = await setUp((response) => response.end('{"input":12}'), {
      dialect: {
        usageReader: () => ({
          push: () => {
            throw new Error('reader is broken')
          },
          total: () => ({ inputTokens: 1, outputTokens: 1 }),
          estimatedOutputTokens: () => 99,
        }),
      },
    })
    expect((await rig.ask()).text).toBe('{"input":12}')
    expect(rig.journeys[0]?.ending).toMatchObject({ usage: undefined, estimatedOutputTokens: 3 })
    expect(rig.problems).toMatchObject([{ upstream: 'main', what: 'usage_reader_failed' }])
  })
})

describe('connections', () => {
  it('are kept and used again', async () => {
    const { rig, upstream } = await setUp((response) => response.end('{}'))
    for (let i = 0; i < 5; i++) await rig.ask()
    expect(upstream.open()).toBe(1)
  })

  it('that are all in use refuse one call more as upstream_busy, and take it once one is free', async () => {
    const waiting: ServerResponse[] = []
    const { rig } = await setUp((response) => waiting.push(response), {
      upstream: { connections: 2 },
    })
    const first = [rig.ask(), rig.ask()]
    await until('two calls to arrive', () => waiting.length === 2)
    expect((await rig.ask()).status).toBe(503)
    expect(rig.journeys[2]?.rejected).toBe('upstream_busy')
    for (const response of waiting) response.end('{}')
    await Promise.all(first)
    const last = rig.ask()
    await until('the next call to arrive', () => waiting.length === 3)
    waiting[2]?.end('{}')
    expect((await last).status).toBe(200)
  })

  it('close once the calls under way are done, and take no more calls meanwhile', async () => {
    const waiting: ServerResponse[] = []
    const { rig } = await setUp((response) => waiting.push(response))
    const first = rig.ask()
    await until('the call to arrive', () => waiting.length === 1)
    const closed = rig.upstreams.close()
    expect((await rig.ask()).status).toBe(503)
    waiting[0]?.end('{"output":1}')
    expect((await first).text).toBe('{"output":1}')
    await closed
  })
})

describe('a caller that reads slowly', () => {
  it('makes the upstream wait instead of filling the memory', async () => {
    let writtenBytes = 0
    let finished = false
    const piece = Buffer.alloc(64 * 1024, 'x')
    const { rig } = await setUp((response) => {
      const more = (): void => {
        while (writtenBytes < 200 * 1024 * 1024) {
          writtenBytes += piece.length
          if (!response.write(piece)) return void response.once('drain', more)
        }
        finished = true
        response.end()
      }
      more()
    })
    const sent = rig.open()
    let readBytes = 0
    const answer = new Promise<IncomingMessage>((resolve) => sent.on('response', resolve))
    sent.end()
    const response = (await answer).pause()
    await standstill('the upstream', () => writtenBytes)
    expect(finished).toBe(false)
    expect(writtenBytes).toBeLessThan(64 * 1024 * 1024)
    response.on('data', (chunk: Buffer) => {
      readBytes += chunk.length
    })
    response.resume()
    await until('the caller to have it all', () => readBytes === 200 * 1024 * 1024, 25_000)
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'complete', bytesOut: readBytes })
  })

  it('is cut off once it leaves its bytes unread for the idle deadline', async () => {
    const piece = Buffer.alloc(64 * 1024, 'x')
    const { rig, upstream } = await setUp(
      (response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(piece));
        }
        response.on('drain', more)
        more()
      },
      { upstream: { timeouts: { connectMs: 400, firstByteMs: 400, idleMs: 400 } } },
    )
    const sent = rig.open()
    sent.on('error', () => {})
    sent.on('response', (response) => response.on('error', () => {}).pause())
    sent.end()
    const ending = await until('the call to end', () => rig.journeys[0]?.ending)
    expect(ending.kind).toBe('client_gone')
    await until('the upstream to be stopped', () => upstream.closedAtMs.length === 1)
  })
})
