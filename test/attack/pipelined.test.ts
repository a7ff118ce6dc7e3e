import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHostileUpstream, STREAM_START } from '../support/hostile-upstream.ts'
import { until } from '../support/wait.ts'
import { createWireRig } from '../support/wire-rig.ts'

const CALL = 'GET /v1/models HTTP/1.1\r\nhost: guard.test\r\nauthorization: Bearer sk-wire\r\n\r\n'
const REFUSED = 'GET /nothing HTTP/1.1\r\nhost: guard.test\r\nauthorization: Bearer sk-wire\r\n\r\n'
const GARBAGE = 'GET /\x00 HTTP/9.9\r\nnot http\r\n\r\n'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** A connection, and all that came over it. */
const connection = (port: number) => {
  const seen = { got: '', closed: false }
  const socket: Socket = connect({ port, host: '127.0.0.1' })
  socket.on('data', (chunk) => {
    seen.got += chunk.toString()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    seen.closed = true
  })
  return { seen, socket }
}

/** A connection whose first call streams without end. */
const streaming = async () => {
  const upstream = await createHostileUpstream((socket) => socket.write(STREAM_START))
  const rig = await createWireRig({ upstreamUrl: upstream.url })
  open.push(rig, upstream)
  const { seen, socket } = connection(rig.port)
  socket.write(CALL)
  await until('the stream to run', () => seen.got.includes('choices'))
  return { rig, seen, socket }
}

describe('bytes that are no HTTP, behind a call that is under way', () => {
  it('leave one record of their own, and no answer inside the other', async () => {
    const { rig, seen, socket } = await streaming()
    socket.write(GARBAGE)
    await until('the connection to be cut', () => seen.closed)
    await until('both records', () => rig.events.length === 2)
    expect(seen.got.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(seen.got).not.toContain('malformed_http')
    const refused = rig.events.filter(({ fault }) => fault === 'malformed_http')
    expect(refused).toMatchObject([
      { outcome: 'refused', status: 0, bytesOut: 0, arrival: { peerAddress: '127.0.0.1' } },
    ])
    const ended = rig.events.filter(({ fault }) => fault !== 'malformed_http')
    expect(ended).toMatchObject([{ outcome: 'client_gone', status: 200 }])
  })

  it('are not answered behind a refusal that still waits for its turn', async () => {
    const { rig, seen, socket } = await streaming()
    socket.write(REFUSED)
    await until('the refusal to be recorded', () => rig.events.length === 1)
    socket.write(GARBAGE)
    await until('the connection to be cut', () => seen.closed)
    await until('all records', () => rig.events.length === 3)
    expect(seen.got.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(rig.events.filter(({ fault }) => fault === 'malformed_http')).toHaveLength(1)
  })

  it('are answered once where the call before is done', async () => {
    const rig = await createWireRig()
    open.push(rig)
    const { seen, socket } = connection(rig.port)
    socket.write(CALL)
    await until('the call to be served', () => rig.events.length === 1)
    await until('its answer', () => seen.got.includes('HTTP/1.1 200'))
    socket.write(GARBAGE)
    await until('the connection to be closed', () => seen.closed)
    expect(seen.got.match(/HTTP\/1\.1 400/g)).toHaveLength(1)
    expect(rig.events.map(({ fault }) => fault)).toEqual([undefined, 'malformed_http'])
  })
})
