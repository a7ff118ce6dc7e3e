import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createForwardRig, type RigOptions } from '../support/forward-rig.ts'
import { createPlainUpstream, type Seen } from '../support/plain-upstream.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const setUp = async (
  answer: (response: ServerResponse, seen: Seen) => void,
  options: Partial<RigOptions> = {},
) => {
  const upstream = await createPlainUpstream(answer)
  const rig = await createForwardRig({
    url: upstream.url,
    call: { ask: { stream: true } },
    ...options,
    upstreams: { askForUsage: true, ...options.upstreams },
  })
  open.push(rig, upstream)
  return { upstream, rig }
}

const asksForUsage = ({ body }: Seen): boolean => body.includes('"include_usage":true')

const STREAM = 'data: {"a":1}\n\ndata: [DONE]\n\n'
const STREAM_WITH_USAGE =
  'data: {"a":1}\n\ndata: {"usage":{"input":5,"output":6}}\n\ndata: [DONE]\n\n'

const stream = (response: ServerResponse, seen: Seen): void => {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const byte of asksForUsage(seen) ? STREAM_WITH_USAGE : STREAM) response.write(byte)
  response.end()
}

const refusal = (response: ServerResponse, text: string, status = 400): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}

const refuses = (response: ServerResponse, seen: Seen): void =>
  asksForUsage(seen)
    ? refusal(response, '{"error":"Unknown parameter: stream_options"}')
    : stream(response, seen)

const USAGE = { inputTokens: 5, outputTokens: 6 }

describe('usage that the caller did not ask for', () => {
  it('is asked for, read, and hidden again', async () => {
    const { rig, upstream } = await setUp(stream)
    const got = await rig.ask()
    expect([got.text, got.whole]).toEqual([STREAM, true])
    expect(rig.journeys[0]).toMatchObject({
      firstBytes: 1,
      ending: { usage: USAGE, bytesOut: STREAM.length },
    })
    expect(upstream.seen.map(asksForUsage)).toEqual([true])
  })

  it.each([
    ['the setting is off', { upstreams: { askForUsage: false } }],
    ['the caller asked itself', { call: { ask: { stream: true, wantsUsage: true } } }],
    ['the answer is no stream', { call: { ask: { stream: false } } }],
  ] satisfies [string, Partial<RigOptions>][])(
    'is not asked for where %s',
    async (_why, options) => {
      const { rig, upstream } = await setUp(stream, options)
      await rig.ask()
      expect(upstream.seen.map(asksForUsage)).toEqual([false])
    },
  )

  it('loses its length with its bytes', async () => {
    const { rig } = await setUp((response) => {
      response
        .writeHead(200, {
          'content-type': 'text/event-stream',
          'content-length': STREAM_WITH_USAGE.length,
        })
        .end(STREAM_WITH_USAGE)
    })
    const got = await rig.ask()
    expect([got.text, got.whole]).toEqual([STREAM, true])
  })

  it('leaves an answer that is no stream untouched', async () => {
    const { rig } = await setUp((response) => {
      response.writeHead(429, { 'content-type': 'application/json' }).end('{"usage":1}')
    })
    expect((await rig.ask()).text).toBe('{"usage":1}')
  })
})

describe('an upstream that refuses the usage option', () => {
  it('is asked again without it, and from then on only so', async () => {
    const { rig, upstream } = await setUp(refuses)
    expect(await rig.ask()).toMatchObject({ status: 200, text: STREAM, whole: true })
    expect(await rig.ask()).toMatchObject({ status: 200, text: STREAM, whole: true })
    expect(upstream.seen.map(asksForUsage)).toEqual([true, false, false])
    expect(upstream.seen[1]?.body.toString()).toBe('{"model":"m-1","messages":[]}')
    expect(rig.journeys[0]).toMatchObject({
      upstreamStatus: 200,
      ending: { kind: 'complete', usage: undefined },
    })
    expect(rig.problems).toEqual([{ upstream: 'main', what: 'usage_option_refused' }])
  })

  it('gives every place back, however often it refuses', async () => {
    const { rig } = await setUp(refuses, { upstream: { connections: 1 } })
    for (let i = 0; i < 4; i++) expect((await rig.ask()).status).toBe(200)
  })

  it('for a mistake of the caller is believed in nothing else', async () => {
    const { rig, upstream } = await setUp((response) => {
      refusal(response, '{"error":"stream_options.foo is unknown"}')
    })
    expect(await rig.ask()).toMatchObject({
      status: 400,
      text: '{"error":"stream_options.foo is unknown"}',
    })
    await rig.ask()
    expect(upstream.seen.map(asksForUsage)).toEqual([true, false, true, false])
    expect(rig.problems).toEqual([])
  })

  it('with a 400 about something else is passed on, and asked once', async () => {
    const { rig, upstream } = await setUp((response) => refusal(response, '{"error":"no model"}'))
    expect(await rig.ask()).toMatchObject({ status: 400, text: '{"error":"no model"}' })
    expect(upstream.seen).toHaveLength(1)
  })

  it('with a 400 too long to be held back is passed on while it comes', async () => {
    const long = JSON.stringify({ error: 'x'.repeat(300_000) })
    const { rig } = await setUp((response) => refusal(response, long))
    expect(await rig.ask()).toMatchObject({ status: 400, text: long, whole: true })
  })

  it('and breaks off its refusal is a broken upstream', async () => {
    const { rig } = await setUp((response) => {
      response.writeHead(400, { 'content-length': '100' }).write('{"error":')
      setImmediate(() => response.destroy())
    })
    expect((await rig.ask()).status).toBe(502)
    expect(rig.journeys[0]?.rejected).toBe('upstream_broken')
  })
})

describe('a stream filter that throws', () => {
  it('breaks the answer instead of losing a part of it', async () => {
    const { rig } = await setUp(stream, {
      dialect: {
        askForUsage: (_route, _ask, body) => ({
          body,
          filter: () => ({
            push: () => {
              throw new Error('filter is broken')
            },
            flush: () => new Uint8Array(),
          }),
        }),
      },
    })
    const got = await rig.ask()
    expect([got.text, got.whole]).toEqual(['data: {"error":{"code":"internal"}}\n\n', false])
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'broken', fault: 'internal' })
    expect(rig.problems).toMatchObject([{ what: 'stream_filter_failed' }])
  })
})
