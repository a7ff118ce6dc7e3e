import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/core/fault.ts'
import { responseHead } from '../../../src/upstream/response-head.ts'
import { rawOf } from '../../support/raw-headers.ts'

const headOf = (lines: readonly string[], status = 200, added: readonly string[] = []) =>
  responseHead(
    rawOf(...lines).map((word) => Buffer.from(word, 'latin1')),
    status,
    added,
  )

const refusalOf = (lines: readonly string[]): string => {
  try {
    headOf(lines)
    return 'none'
  } catch (thrown) {
    return thrown instanceof Fault ? thrown.code : 'another error'
  }
}

describe('the head of an answer', () => {
  it('keeps order, case, repetition and bytes above ASCII', () => {
    const lines = ['X-B: 1', 'x-a: caf\u00e9', 'X-b: 3', 'Content-Type: text/event-stream']
    expect(headOf(lines)).toEqual({
      rawHeaders: rawOf(...lines),
      contentType: 'text/event-stream',
      lengthAt: -1,
      encoded: false,
    })
  })

  it.each([
    'connection: keep-alive',
    'keep-alive: timeout=5',
    'transfer-encoding: chunked',
    'trailer: x-t',
    'upgrade: h2c',
    'proxy-authenticate: Basic',
    'te: trailers',
    'set-cookie: a=b',
    'alt-svc: h3=":443"',
    'X-Stillwatch-Decision: forged',
    'x_stillwatch_decision: forged',
  ])('loses %s', (line) => {
    expect(headOf([line, 'x-kept: 1']).rawHeaders).toEqual(rawOf('x-kept: 1'))
  })

  it('loses what Connection names, wherever that stands, but never the length of the body', () => {
    expect(
      headOf(['x-hop: 1', 'content-length: 2', 'Connection: close, X-Hop, content-length', 'a: b']),
    ).toMatchObject({ rawHeaders: rawOf('content-length: 2', 'a: b'), lengthAt: 0 })
  })

  it('has the added headers last and in place of those of the same name', () => {
    expect(
      headOf(['X-RateLimit: theirs', 'a: b'], 200, ['x-ratelimit', 'ours', 'x-new', '1'])
        .rawHeaders,
    ).toEqual(rawOf('a: b', 'x-ratelimit: ours', 'x-new: 1'))
  })

  it('tells where the length stands and whether the body is compressed', () => {
    expect(headOf(['a: b', 'Content-Length: 2', 'content-encoding: br'])).toMatchObject({
      lengthAt: 2,
      encoded: true,
    })
    expect(headOf(['content-encoding: identity']).encoded).toBe(false)
  })

  it('of a 204 has no length', () => {
    expect(headOf(['content-length: 0'], 204)).toMatchObject({ rawHeaders: [], lengthAt: -1 })
  })

  it.each([
    ['too many headers', Array.from({ length: 129 }, () => 'a: b')],
    ['a value too long', [`a: ${'x'.repeat(8_193)}`]],
    ['a line break', ['a: b\r\nset-cookie: c=d']],
    ['a NUL', ['a: \u0000']],
    ['two lengths', ['content-length: 2', 'Content-Length: 3']],
    ['a transfer coding of its own', ['transfer-encoding: gzip, chunked']],
  ])('with %s cannot be passed on', (_what, lines) => {
    expect(refusalOf(lines)).toBe('upstream_invalid')
  })

  it('with as many and as long headers as any API sends can', () => {
    expect(refusalOf(Array.from({ length: 127 }, () => `a: ${'x'.repeat(200)}`))).toBe('none')
  })
})
