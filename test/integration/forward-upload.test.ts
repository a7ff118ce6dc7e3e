import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { createForwardRig, SHORT, takeAnswer } from '../support/forward-rig.ts'
import type { Got, RigOptions } from '../support/forward-rig.ts'
import { createHostileUpstream } from '../support/hostile-upstream.ts'
import { createPlainUpstream } from '../support/plain-upstream.ts'
import { valuesOf } from '../support/raw-headers.ts'
import { standstill } from '../support/standstill.ts'
import { until } from '../support/wait.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()))
})

const UPLOAD: NonNullable<RigOptions['call']> = {
  body: undefined,
  route: { operation: 'files.create', kind: 'file', metering: 'request', body: 'upload' },
}

const setUp = async (options: Partial<RigOptions> = {}) => {
  const upstream = await createPlainUpstream((response, { body }) =>
    response.end(String(body.length)),
  )
  const rig = await createForwardRig({ url: upstream.url, call: UPLOAD, ...options })
  open.push(rig, upstream)
  return { upstream, rig }
}

describe('an upload', () => {
  it('passes through byte for byte with the length it was announced with', async () => {
    const bytes = randomBytes(3_000_000)
    const { rig, upstream } = await setUp()
    const got = await rig.ask({ headers: ['content-length', '3000000'], body: bytes })
    expect([got.status, got.text]).toEqual([200, '3000000'])
    expect(upstream.seen[0]?.body.equals(bytes)).toBe(true)
    expect(valuesOf(upstream.seen[0]?.rawHeaders ?? [], 'content-length')).toEqual(['3000000'])
  })

  it('without a length passes through in chunks', async () => {
    const bytes = randomBytes(300_000)
    const { rig, upstream } = await setUp()
    const got = await rig.ask({ headers: ['transfer-encoding', 'chunked'], body: bytes })
    expect([got.status, got.text]).toEqual([200, '300000'])
    expect(upstream.seen[0]?.body.equals(bytes)).toBe(true)
    expect(valuesOf(upstream.seen[0]?.rawHeaders ?? [], 'transfer-encoding')).toEqual(['chunked'])
  })

  it('that is empty reaches the upstream as empty', async () => {
    const { rig } = await setUp()
    expect((await rig.ask({ headers: ['content-length', '0'] })).text).toBe('0')
  })

  it('over the bound is refused as body_too_large', async () => {
    const { rig } = await setUp({ upstreams: { maxUploadBytes: 100_000 } })
    const got = await rig.ask({
      headers: ['transfer-encoding', 'chunked'],
      body: randomBytes(300_000),
    })
    expect(got.status).toBe(413)
    expect(rig.journeys[0]?.rejected).toBe('body_too_large')
  })

  it('whose caller stalls is refused as request_timeout', async () => {
    const { rig } = await setUp({ upstream: { timeouts: { ...SHORT, firstByteMs: 10_000 } } })
    const sent = rig.open({ headers: ['transfer-encoding', 'chunked'] })
    sent.on('error', () => {})
    const answer = new Promise<Got>((resolve) => {
      sent.on('response', (response) => resolve(takeAnswer(response)))
    })
    sent.write('half of it')
    expect((await answer).status).toBe(408)
    expect(rig.journeys[0]?.rejected).toBe('request_timeout')
    sent.destroy()
  })

  it('whose caller leaves stops the upstream, which never takes it for whole', async () => {
    const upstream = await createHostileUpstream(() => {})
    const rig = await createForwardRig({ url: upstream.url, call: UPLOAD })
    open.push(rig, upstream)
    const sent = rig.open({ headers: ['transfer-encoding', 'chunked'] })
    sent.on('error', () => {})
    sent.write('half of it')
    await until('the upload to arrive', () => upstream.requests.length === 1)
    sent.destroy()
    await until('the upstream to be stopped', () => upstream.open() === 0)
    expect(rig.journeys[0]?.ending).toMatchObject({ kind: 'client_gone', bytesOut: 0 })
    expect(upstream.requests[0]?.toString().endsWith('0\r\n\r\n')).toBe(false)
  })

  it('is asked for only as fast as the upstream takes it, and not for ever', async () => {
    const upstream = await createHostileUpstream((socket) => socket.pause())
    const rig = await createForwardRig({
      url: upstream.url,
      call: UPLOAD,
      upstream: { timeouts: { ...SHORT, firstByteMs: 1_500 } },
    })
    open.push(rig, upstream)
    const sent = rig.open({ headers: ['transfer-encoding', 'chunked'] })
    sent.on('error', () => {})
    const piece = Buffer.alloc(64 * 1024)
    let sentBytes = 0
    const more = (): void => {
      while (sentBytes < 200 * 1024 * 1024) {
        sentBytes += piece.length
        if (!sent.write(piece)) return
      }
    }
    sent.on('drain', more)
    more()
    await standstill('the caller', () => sentBytes)
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024)
    await until('the call to end', () => rig.journeys[0]?.rejected === 'upstream_timeout')
    sent.destroy()
  })
})
