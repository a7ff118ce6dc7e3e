import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStrictRecorder } from '../support/strict-recorder.ts'
import { wirePayloads, type WirePayload } from '../support/wire-corpus.ts'
import { createWireRig, sendRaw, type WireRig } from '../support/wire-rig.ts'

const AT_ONCE = 64

const inParallel = async (
  payloads: readonly WirePayload[],
  send: (payload: WirePayload) => Promise<unknown>,
): Promise<void> => {
  const left = payloads.values()
  const worker = async (): Promise<void> => {
    for (const payload of left) await send(payload)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

const count = (lines: readonly string[]): { [line: string]: number } => {
  const counts: { [line: string]: number } = {}
  for (const line of lines) counts[line] = (counts[line] ?? 0) + 1
  return counts
}

const GOOD = Buffer.from(
  'GET /v1/models HTTP/1.1\r\nHost: guard.test\r\nAuthorization: Bearer sk-wire\r\nConnection: close\r\n\r\n',
)

describe('requests that servers read differently', () => {
  let rig: WireRig
  const payloads = wirePayloads()

  beforeAll(async () => {
    rig = await createWireRig()
    await inParallel(payloads, ({ bytes }) => sendRaw(rig.port, bytes))
  }, 120_000)

  afterAll(() => rig.close())

  it('reach the upstream as plain requests or not at all', () => {
    expect(rig.recorder.violations).toEqual([])
  })

  it('reach it only as the calls that were judged, once each', () => {
    const judged = count(
      rig.events.flatMap(({ call, upstream }) =>
        call === undefined || upstream === undefined
          ? []
          : [`${call.method} ${call.target} HTTP/1.1`],
      ),
    )
    const seen = count([
      ...rig.recorder.requests.map(({ line }) => line),
      ...rig.recorder.unfinished,
    ])
    for (const [line, times] of Object.entries(seen)) {
      expect([line, times <= (judged[line] ?? 0)]).toEqual([line, true])
    }
    expect(Object.keys(judged).toSorted()).toEqual([
      'GET /v1/models HTTP/1.1',
      'POST /v1/files HTTP/1.1',
    ])
  })

  it('bring no header of our own prefix along, in any spelling, and no second credential', () => {
    for (const { headers } of rig.recorder.requests) {
      const names = headers.map((header) =>
        header.slice(0, header.indexOf(':')).toLowerCase().replaceAll('_', '-'),
      )
      expect(names.filter((name) => name.startsWith('x-stillwatch'))).toEqual([])
      expect(names.filter((name) => /^(?:authorization|x-api-key|api-key)$/.test(name))).toEqual([
        'authorization',
      ])
    }
  })

  it('cause no fault that was not foreseen', () => {
    expect(rig.internal).toEqual([])
  })

  it('leave a record each that says how they were met', () => {
    expect(rig.events.length).toBeGreaterThan(payloads.length * 0.9)
    expect(rig.events.filter(({ outcome }) => outcome === 'served').length).toBeGreaterThan(0)
    for (const event of rig.events) {
      expect(['served', 'refused', 'client_gone']).toContain(event.outcome)
    }
  })

  it('leave the guard serving', async () => {
    expect(await sendRaw(rig.port, GOOD)).toMatch(/^HTTP\/1\.1 200 /)
  })
})

describe('the same requests without a guard', () => {
  it('would be caught: a plain pipe lets many of them through', async () => {
    const recorder = await createStrictRecorder()
    const open = new Set<Socket>()
    const pipe = createServer((socket) => {
      const upstream = connect(recorder.port, '127.0.0.1')
      open.add(socket).add(upstream)
      socket.on('error', () => upstream.destroy()).pipe(upstream)
      upstream.on('error', () => socket.destroy()).pipe(socket)
    })
    await new Promise<void>((resolve) => {
      pipe.listen(0, '127.0.0.1', resolve)
    })
    // A listening TCP server has an address of this form.
    const { port } = pipe.address() as AddressInfo
    await inParallel(wirePayloads({ everyNth: 400 }), ({ bytes }) =>
      sendRaw(port, bytes, { deadlineMs: 400 }),
    )
    for (const socket of open) socket.destroy()
    pipe.close()
    await recorder.close()
    expect(recorder.violations.length).toBeGreaterThan(50)
  })
})
