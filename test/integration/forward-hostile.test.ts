import { createServer, type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createForwardRig, SHORT, takeAnswer } from '../support/forward-rig.ts'
import type { ForwardRig, RigOptions } from '../support/forward-rig.ts'
import { createHostileUpstream, MISBEHAVIOURS } from '../support/hostile-upstream.ts'
import type { Misbehaviour } from '../support/hostile-upstream.ts'
import { valuesOf } from '../support/raw-headers.ts'
import { until } from '../support/wait.ts'

const open: { close(): Promise<void> }[] = []
const crashes: unknown[] = []
const crashed = (reason: unknown): void => void crashes.push(reason)

beforeEach(() => {
  crashes.length = 0
  process.on('unhandledRejection', crashed).on('uncaughtException', crashed)
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
  process.off('unhandledRejection', crashed).off('uncaughtException', crashed)
  expect(crashes).toEqual([])
})

const against = async (misbehave: Misbehaviour, options: Partial<RigOptions> = {}) => {
  const hostile = await createHostileUpstream(misbehave)
  const rig = await createForwardRig({
    url: hostile.url,
    ...options,
    upstream: { timeouts: SHORT, ...options.upstream },
  })
  open.push(rig, hostile)
  return { hostile, rig }
}

const journeyOf = async (rig: ForwardRig) =>
  until('the call to end', () => {
    const journey = rig.journeys[0]
    return journey?.ending !== undefined || journey?.rejected !== undefined ? journey : undefined
  })

describe('an upstream that fails before its head gives the caller a clear fault', () => {
  it.each([
    ['hangs', 504, 'upstream_timeout', 'UND_ERR_HEADERS_TIMEOUT'],
    ['resetsBeforeHead', 502, 'upstream_broken', 'ECONNRESET'],
    ['closesBeforeHead', 502, 'upstream_broken', 'UND_ERR_SOCKET'],
    ['sendsHalfAHead', 502, 'upstream_broken', 'UND_ERR_SOCKET'],
    ['sendsTooManyHeaders', 502, 'upstream_invalid', 'TOO_MANY_HEADERS'],
    ['sendsEndlessHeaders', 502, 'upstream_invalid', 'UND_ERR_HEADERS_OVERFLOW'],
    ['floodsWithInterimAnswers', 502, 'upstream_invalid', 'TOO_MANY_INTERIM_ANSWERS'],
    ['continuesUnasked', 502, 'upstream_broken', 'UND_ERR_SOCKET'],
    ['switchesProtocols', 502, 'upstream_broken', 'UND_ERR_SOCKET'],
    ['sendsTwoLengths', 502, 'upstream_invalid', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['sendsLengthAndChunks', 502, 'upstream_invalid', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'],
    ['sendsUnknownTransferCoding', 502, 'upstream_invalid', 'UNKNOWN_TRANSFER_CODING'],
    ['splitsTheResponse', 502, 'upstream_invalid', 'UND_ERR_HTTP_PARSER'],
    ['sendsControlCharacters', 502, 'upstream_invalid', 'UND_ERR_HTTP_PARSER'],
    ['answersGarbage', 502, 'upstream_invalid', 'UND_ERR_HTTP_PARSER'],
  ] as const)('one that %s: %i %s for %s', async (name, status, code, cause) => {
    const { rig, hostile } = await against(MISBEHAVIOURS[name])
    const got = await rig.ask()
    expect([got.status, got.text]).toEqual([status, `{"error":{"code":"${code}"}}`])
    expect(rig.journeys).toEqual([
      {
        chosen: 'main',
        firstBytes: 0,
        rejected: code,
        rejectedFor: cause,
        upstreamStatus: undefined,
      },
    ])
    expect(hostile.opened()).toBe(1)
    await until('its connection to close', () => hostile.open() === 0)
  })

  it('one that refuses connections: 502 upstream_unreachable', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    const rig = await createForwardRig({ url: `http://127.0.0.1:${port}` })
    open.push(rig)
    expect(await rig.ask()).toMatchObject({ status: 502 })
    expect(rig.journeys[0]).toMatchObject({
      rejected: 'upstream_unreachable',
      rejectedFor: 'ECONNREFUSED',
    })
  })

  it('one whose name does not exist: 502 upstream_unreachable', async () => {
    const rig = await createForwardRig({ url: 'http://upstream.invalid' })
    open.push(rig)
    expect(await rig.ask()).toMatchObject({ status: 502 })
    expect(rig.journeys[0]).toMatchObject({
      rejected: 'upstream_unreachable',
      rejectedFor: 'ENOTFOUND',
    })
  })

  it('one that never finishes its TLS handshake: 502 upstream_unreachable', async () => {
    const hostile = await createHostileUpstream(() => {})
    const rig = await createForwardRig({
      url: hostile.url.replace('http:', 'https:'),
      upstream: { timeouts: SHORT },
    })
    open.push(rig, hostile)
    expect(await rig.ask()).toMatchObject({ status: 502 })
    expect(rig.journeys[0]).toMatchObject({
      rejected: 'upstream_unreachable',
      rejectedFor: 'UND_ERR_CONNECT_TIMEOUT',
    })
  })
})

describe('an upstream that fails inside an answer', () => {
  it.each([
    ['resetsMidStream', 'upstream_broken', 'ECONNRESET'],
    ['closesMidStream', 'upstream_broken', 'UND_ERR_SOCKET'],
    ['resetsMidUnframedBody', 'upstream_broken', 'ECONNRESET'],
    ['sendsInvalidChunk', 'upstream_broken', 'UND_ERR_HTTP_PARSER'],
    ['stallsMidStream', 'upstream_timeout', 'UND_ERR_BODY_TIMEOUT'],
    ['sendsEndlessChunkExtension', 'upstream_timeout', 'UND_ERR_BODY_TIMEOUT'],
  ] as const)('one that %s: the stream says %s and is cut, by %s', async (name, code, cause) => {
    const { rig, hostile } = await against(MISBEHAVIOURS[name])
    const got = await rig.ask()
    expect(got.status).toBe(200)
    expect(got.text).toBe(`data: {"choices":[]}\n\ndata: {"error":{"code":"${code}"}}\n\n`)
    expect(got.whole).toBe(false)
    expect((await journeyOf(rig)).ending).toEqual({
      kind: 'broken',
      fault: code,
      cause,
      usage: undefined,
      estimatedOutputTokens: 1,
      bytesOut: 22,
    })
    await until('its connection to close', () => hostile.open() === 0)
  })

  it('one that sends fewer bytes than it promised: the caller sees a cut, never a whole answer', async () => {
    const { rig } = await against(MISBEHAVIOURS.sendsTooFewBytes)
    const got = await rig.ask()
    expect([got.text, got.whole]).toEqual(['{"input":1}', false])
    expect((await journeyOf(rig)).ending).toMatchObject({
      kind: 'broken',
      fault: 'upstream_broken',
      usage: { inputTokens: 1 },
    })
  })

  it('one that never ends: it is stopped when the caller leaves', async () => {
    const { rig, hostile } = await against(MISBEHAVIOURS.neverEnds)
    const sent = rig.open()
    sent.on('error', () => {})
    sent.on('response', (response) => {
      response.on('error', () => {})
      response.once('data', () => sent.destroy())
    })
    sent.end()
    expect((await journeyOf(rig)).ending).toMatchObject({ kind: 'client_gone', fault: undefined })
    await until('its connection to close', () => hostile.open() === 0)
  })
})

describe('an upstream that fails in every way, one after another', () => {
  it('never costs a place in the pool', async () => {
    const { stallsMidStream, hangs, sendsEndlessChunkExtension, ...rest } = MISBEHAVIOURS
    // Those that take a deadline each, or an answer that the caller must leave, are left out.
    const quick = Object.entries<Misbehaviour>({ ...rest, neverEnds: rest.sendsTrailers })
    let turn = 0
    const { rig } = await against((socket, request) => quick[turn]?.[1](socket, request), {
      upstream: { connections: 1 },
    })
    expect([stallsMidStream, hangs, sendsEndlessChunkExtension]).toHaveLength(3)
    for (; turn < quick.length; turn++) {
      await until(`a place after ${quick[turn - 1]?.[0]}`, async () => {
        const { status } = await rig.ask()
        return status !== 503
      })
    }
    expect(rig.journeys.filter(({ rejected }) => rejected === 'upstream_busy')).toEqual([])
  })
})

describe('an upstream that adds something to a good answer', () => {
  it('bytes after the end: the answer is whole, and no later call gets the rest', async () => {
    const { rig, hostile } = await against(MISBEHAVIOURS.sendsTooManyBytes)
    for (const turn of [1, 2]) {
      const got = await rig.ask()
      expect([got.status, got.text, got.whole]).toEqual([200, '{}', true])
      expect(valuesOf(got.headers, 'x-evil')).toEqual([])
      expect(hostile.opened()).toBe(turn)
    }
  })

  it('trailers: dropped, with the header that announces them', async () => {
    const { rig } = await against(MISBEHAVIOURS.sendsTrailers)
    const got = await rig.ask()
    expect([got.text, got.whole, got.trailers]).toEqual(['{}', true, []])
    expect(valuesOf(got.headers, 'trailer')).toEqual([])
  })

  it('an HTML error page: passed on untouched with its status', async () => {
    const { rig } = await against(MISBEHAVIOURS.answersAnHtmlError)
    const got = await rig.ask()
    expect([got.status, got.text]).toEqual([
      502,
      '<html><body><h1>502 Bad Gateway</h1></body></html>',
    ])
    expect(valuesOf(got.headers, 'content-type')).toEqual(['text/html'])
    expect((await journeyOf(rig)).ending).toMatchObject({ kind: 'complete', fault: undefined })
  })

  it('compression nobody asked for: passed on untouched, tokens estimated from its size', async () => {
    const bytes = gzipSync('{"input":1,"output":2}')
    const { rig } = await against((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bytes.length}\r\n\r\n`,
      )
      socket.end(bytes)
    })
    const got = await rig.ask()
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(valuesOf(got.headers, 'content-encoding')).toEqual(['gzip'])
    expect((await journeyOf(rig)).ending).toMatchObject({
      usage: undefined,
      estimatedOutputTokens: Math.ceil(bytes.length / 4),
    })
  })

  it('an answer before the upload ended: the caller gets it, the rest is read and dropped', async () => {
    const { rig, hostile } = await against(MISBEHAVIOURS.answersEarly, {
      call: {
        body: undefined,
        route: { operation: 'files.create', kind: 'file', metering: 'request', body: 'upload' },
      },
    })
    const sent = rig.open({ headers: ['transfer-encoding', 'chunked'] })
    sent.on('error', () => {})
    const answer = new Promise<Awaited<ReturnType<typeof takeAnswer>>>((resolve) => {
      sent.on('response', (response) => resolve(takeAnswer(response)))
    })
    sent.write('first piece')
    const got = await answer
    expect([got.status, got.text]).toEqual([413, '{"error":1}'])
    expect((await journeyOf(rig)).ending).toMatchObject({ kind: 'complete', bytesOut: 11 })
    sent.destroy()
    await until('its connection to close', () => hostile.open() === 0)
  })
})
