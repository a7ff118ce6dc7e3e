import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { aCall } from '../support/a-call.ts'
import { fakeExchange } from '../support/fake-exchange.ts'
import { createForwardRig } from '../support/forward-rig.ts'
import { createHostileUpstream, STREAM_START } from '../support/hostile-upstream.ts'
import { until } from '../support/wait.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const NO_PASSAGE = {
  rawHeaders: [],
  limits: [],
  chosen: () => {},
  answered: () => {},
  firstByte: () => {},
}

describe('upstreams that are closed', () => {
  it('let a call end, and cut it when told so while they wait for it', async () => {
    const upstream = await createHostileUpstream((socket) => socket.write(STREAM_START))
    const rig = await createForwardRig({ url: upstream.url })
    open.push(rig, upstream)
    const asked = rig.ask()
    await until('the stream to run', () => rig.journeys[0]?.firstBytes === 1)
    let closed = false
    const closing = rig.upstreams.close().then(() => (closed = true))
    await expect(rig.upstreams.forward(aCall(), fakeExchange(), NO_PASSAGE)).rejects.toMatchObject({
      code: 'draining',
    })
    expect(closed).toBe(false)
    await rig.upstreams.close({ cut: true })
    await closing
    expect((await asked).whole).toBe(false)
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'broken', fault: 'draining' })
    await until('the upstream to be let go', () => upstream.open() === 0)
  })

  it('do not wait for a connection that is still in the making', async () => {
    const sockets = new Set<Socket>()
    // TLS that is never answered keeps the connection in the making.
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    // A TCP listener's address is an AddressInfo.
    const { port } = silent.address() as AddressInfo
    const rig = await createForwardRig({ url: `https://127.0.0.1:${port}` })
    open.push(rig)
    const asked = rig.ask()
    await until('the connection to be in the making', () => sockets.size === 1)
    const fromMs = performance.now()
    await rig.upstreams.close({ cut: true })
    expect(performance.now() - fromMs).toBeLessThan(1_000)
    expect((await asked).status).toBe(503)
    expect(rig.journeys[0]?.rejected).toBe('draining')
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })
})

describe('the head of a stream', () => {
  it('reaches the caller before its first event, which the upstream holds back', async () => {
    const held: Socket[] = []
    const upstream = await createHostileUpstream((socket) => {
      held.push(socket)
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n',
      )
    })
    const rig = await createForwardRig({ url: upstream.url })
    open.push(rig, upstream)
    const sent = rig.open()
    let got = ''
    let status: number | undefined
    sent.on('response', (response) => {
      status = response.statusCode
      response.on('data', (chunk: Buffer) => {
        got += chunk.toString()
      })
    })
    sent.end()
    await until('the head', () => status === 200, 3_000)
    expect(rig.journeys[0]?.firstBytes).toBe(0)
    expect(got).toBe('')
    held[0]?.write('9\r\ndata: {}\n\r\n0\r\n\r\n')
    await until('the event', () => got === 'data: {}\n')
    await until('the ending', () => rig.journeys[0]?.ending?.kind === 'complete')
  })

  it('leaves in one write with an event that came with it', async () => {
    const upstream = await createHostileUpstream((socket) => socket.write(STREAM_START))
    const rig = await createForwardRig({ url: upstream.url })
    open.push(rig, upstream)
    const sent = rig.open()
    let pieces = 0
    sent.on('socket', (socket) => {
      socket.on('data', () => pieces++)
    })
    sent.on('response', (response) => response.resume())
    sent.on('error', () => {})
    sent.end()
    await until('the event', () => rig.journeys[0]?.firstBytes === 1 && pieces > 0)
    expect(pieces).toBe(1)
    sent.destroy()
  })
})
