import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  chunkOf,
  createHostileUpstream,
  STREAM_START,
  type Misbehaviour,
} from '../support/hostile-upstream.ts'
import { standstill } from '../support/standstill.ts'
import { until } from '../support/wait.ts'
import { createWireRig, type WireRig } from '../support/wire-rig.ts'

const BODY = '{"model":"m","messages":[],"stream":true}'
const HEAD =
  'POST /v1/chat/completions HTTP/1.1\r\nhost: guard.test\r\nauthorization: Bearer sk-wire\r\n' +
  `content-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n`
const CALL = HEAD + BODY
const JSON_ANSWER =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const against = async (misbehave: Misbehaviour) => {
  const upstream = await createHostileUpstream(misbehave)
  const rig = await createWireRig({ upstreamUrl: upstream.url })
  open.push(rig, upstream)
  return { upstream, rig }
}

/** A caller on a connection of its own, and all it got. */
const caller = (rig: WireRig, bytes: string) => {
  const seen = { got: '', closed: false, reset: false }
  const socket: Socket = connect({ port: rig.port, host: '127.0.0.1' })
  socket.on('data', (chunk) => {
    seen.got += chunk.toString()
  })
  socket.on('error', () => {
    seen.reset = true
  })
  socket.on('close', () => {
    seen.closed = true
  })
  socket.write(bytes)
  return { seen, socket }
}

describe('at the deadline of a drain', () => {
  it('a running stream is told to try again in its own words, and then cut', async () => {
    const { rig, upstream } = await against((socket) => socket.write(STREAM_START))
    const { seen } = caller(rig, CALL)
    await until('the stream to run', () => seen.got.includes('choices'))
    expect(await rig.drain(20)).toEqual({ cut: 1 })
    await until('the caller to be cut', () => seen.closed)
    expect(seen.got).toMatch(/event: error\r?\ndata: \{.*"code":"draining"/)
    expect(seen.got.endsWith('0\r\n\r\n')).toBe(false)
    expect(seen.reset).toBe(false)
    expect(rig.events).toMatchObject([{ outcome: 'faulted', fault: 'draining', status: 200 }])
    await until('the upstream to be let go', () => upstream.open() === 0)
  })

  it('a call that the upstream has not answered yet is refused with the fault', async () => {
    const { rig, upstream } = await against(() => {})
    const { seen } = caller(rig, CALL)
    await until('the call to arrive', () => upstream.requests.length === 1)
    expect(await rig.drain(20)).toEqual({ cut: 1 })
    await until('the caller to be answered', () => seen.closed)
    expect(seen.got).toMatch(/^HTTP\/1\.1 503 /)
    expect(seen.got).toMatch(/\r\nconnection: close\r\n/i)
    expect(seen.got).toMatch(/\r\nretry-after: 1\r\n/i)
    expect(seen.got).toContain('"code":"draining"')
    expect(rig.events).toMatchObject([{ outcome: 'faulted', fault: 'draining', status: 503 }])
  })

  it('a call whose body is still on its way is refused with it as well', async () => {
    const { rig, upstream } = await against(() => {})
    const { seen, socket } = caller(rig, HEAD + BODY.slice(0, 5))
    // A second call on another connection is read after the first one's head.
    const other = caller(rig, CALL)
    await until('the other call to arrive', () => upstream.requests.length === 1)
    expect(await rig.drain(20)).toEqual({ cut: 2 })
    await until('both to be answered', () => seen.closed && other.seen.closed)
    socket.destroy()
    expect(seen.got).toMatch(/^HTTP\/1\.1 503 [^]*"code":"draining"/)
    expect(rig.events.map(({ fault }) => fault)).toEqual(['draining', 'draining'])
  })

  it('a caller that takes nothing keeps nothing up for more than a second', async () => {
    const flood = chunkOf(`data: ${'x'.repeat(60_000)}\n\n`)
    let sender: Socket | undefined
    const { rig } = await against((socket) => {
      sender = socket
      const more = (): void => {
        while (!socket.destroyed && socket.write(flood));
      }
      socket.write(STREAM_START)
      socket.on('drain', more)
      more()
    })
    const { seen, socket } = caller(rig, CALL)
    await until('the stream to run', () => seen.got.includes('choices'))
    socket.pause()
    await standstill('the bytes on their way', () => sender?.bytesWritten ?? 0)
    const fromMs = performance.now()
    expect(await rig.drain(20)).toEqual({ cut: 1 })
    expect(performance.now() - fromMs).toBeLessThan(3_000)
    expect(rig.events).toMatchObject([{ outcome: 'faulted', fault: 'draining' }])
    socket.destroy()
  })

  it('nothing is cut where every call ended before', async () => {
    const { rig } = await against((socket) => socket.write(JSON_ANSWER))
    const { seen } = caller(rig, CALL)
    await until('the answer', () => seen.got.endsWith('{}'))
    const fromMs = performance.now()
    expect(await rig.drain(5_000)).toEqual({ cut: 0 })
    expect(performance.now() - fromMs).toBeLessThan(2_000)
    expect(rig.events).toMatchObject([{ outcome: 'served' }])
  })
})

describe('during a drain', () => {
  it('calls on a connection that is in use are served, the answers say that it closes', async () => {
    const held: Socket[] = []
    const { rig } = await against((socket) => void held.push(socket))
    // Two requests in one go: the second is on a connection that was kept alive by the first.
    const { seen } = caller(rig, CALL)
    await until('the first to arrive', () => held.length === 1)
    const drained = rig.drain(10_000)
    held[0]?.write(JSON_ANSWER)
    await until('the connection to close', () => seen.closed)
    expect(seen.got).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i)
    expect(await drained).toEqual({ cut: 0 })
  })

  it('a request that follows a stream begun before is served, and is the last', async () => {
    const held: Socket[] = []
    const { rig } = await against((socket) => {
      held.push(socket)
      socket.write(held.length === 1 ? STREAM_START : JSON_ANSWER)
    })
    const { seen, socket } = caller(rig, CALL)
    await until('the stream to run', () => seen.got.includes('choices'))
    const drained = rig.drain(10_000)
    socket.write(CALL)
    await until('the second to be forwarded', () => held.length === 2)
    held[0]?.write('0\r\n\r\n')
    await until('the connection to close', () => seen.closed)
    const [first = '', second = ''] = seen.got.split('0\r\n\r\n')
    expect(first).not.toMatch(/connection: close/i)
    expect(second).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n[^]*\{\}$/i)
    expect(await drained).toEqual({ cut: 0 })
    expect(rig.events.map(({ outcome }) => outcome)).toEqual(['served', 'served'])
  })
})
