import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { aCall } from '../support/a-call.ts'
import { fakeExchange } from '../support/fake-exchange.ts'
import { createForwardRig, type ForwardRig, type RigOptions } from '../support/forward-rig.ts'
import { createHostileUpstream, STREAM_START } from '../support/hostile-upstream.ts'
import { until } from '../support/wait.ts'

const NO_PASSAGE = {
  rawHeaders: [],
  limits: [],
  chosen: () => {},
  answered: () => {},
  firstByte: () => {},
}

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const against = async (
  misbehave: Parameters<typeof createHostileUpstream>[0],
  options: Partial<RigOptions> = {},
) => {
  const upstream = await createHostileUpstream(misbehave)
  const rig = await createForwardRig({ url: upstream.url, ...options })
  open.push(rig, upstream)
  return { upstream, rig }
}

const leaverOf = (rig: ForwardRig) => {
  const sent = rig.open()
  sent.on('error', () => {})
  sent.on('response', (response) => response.on('error', () => {}).resume())
  sent.end()
  return sent
}

describe('a caller that leaves', () => {
  it('stops the upstream within 10 ms, 50 times in a row', async () => {
    const { rig, upstream } = await against((socket) => socket.write(STREAM_START))
    const delaysMs: number[] = []
    for (let turn = 1; turn <= 50; turn++) {
      const sent = leaverOf(rig)
      await until('the stream to run', () => rig.journeys[turn - 1]?.firstBytes === 1)
      const leftAtMs = performance.now()
      sent.destroy()
      await until('the upstream to be stopped', () => upstream.open() === 0)
      delaysMs.push((upstream.lastCloseAtMs() ?? Infinity) - leftAtMs)
      expect(rig.journeys[turn - 1]?.ending).toEqual({
        kind: 'client_gone',
        fault: undefined,
        usage: undefined,
        estimatedOutputTokens: 1,
        bytesOut: 22,
      })
    }
    const sorted = delaysMs.toSorted((a, b) => a - b)
    const medianMs = sorted[25] ?? Infinity
    console.log(
      `upstream stopped after ${medianMs.toFixed(2)} ms (median), ${sorted.at(-1)?.toFixed(2)} ms (worst)`,
    )
    expect(medianMs).toBeLessThan(10)
    expect(sorted.at(-1)).toBeLessThan(100)
  })

  it('before the upstream answered stops it as well', async () => {
    const { rig, upstream } = await against(() => {})
    const sent = leaverOf(rig)
    await until('the call to arrive', () => upstream.requests.length === 1)
    sent.destroy()
    await until('the upstream to be stopped', () => upstream.open() === 0)
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'client_gone', bytesOut: 0 })
  })

  it('before the connection to the upstream exists is never sent, and gives its place back', async () => {
    // A listener whose accept queue is kept full would do the same, less surely: TLS that is never
    // answered keeps the connection in the making.
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    const rig = await createForwardRig({
      url: `https://127.0.0.1:${port}`,
      upstream: {
        connections: 1,
        timeouts: { connectMs: 400, firstByteMs: 5_000, idleMs: 5_000 },
      },
    })
    open.push(rig)
    const sent = leaverOf(rig)
    await until('the connection to be in the making', () => sockets.size === 1)
    sent.destroy()
    const ending = await until('the call to end', () => rig.journeys[0]?.ending)
    expect(ending).toMatchObject({ kind: 'client_gone', bytesOut: 0 })
    // The place stays taken until the connection fails, so that leavers cannot pile up connections.
    expect((await rig.ask()).status).toBe(503)
    await until('the place to be free again', async () => (await rig.ask()).status === 502)
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('while its connection is in the making leaves that connection to another call', async () => {
    const { rig, upstream } = await against((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'),
    )
    const left = fakeExchange()
    const stays = fakeExchange()
    // A connection takes a turn of the event loop at least, so both calls wait for theirs here.
    const first = rig.upstreams.forward(aCall(), left, NO_PASSAGE)
    left.leave()
    const second = rig.upstreams.forward(aCall(), stays, NO_PASSAGE)
    expect(await first).toMatchObject({ kind: 'client_gone', bytesOut: 0 })
    expect(await second).toMatchObject({ kind: 'complete', bytesOut: 2 })
    expect(upstream.requests).toHaveLength(1)
  })

  it('before the path even saw it is never sent', async () => {
    const { rig, upstream } = await against(() => {})
    const left = fakeExchange()
    const ending = await rig.upstreams.forward(
      aCall(),
      { ...left, started: false, gone: (leave) => leave() },
      NO_PASSAGE,
    )
    expect(ending.kind).toBe('client_gone')
    expect(upstream.opened()).toBe(0)
  })
})
