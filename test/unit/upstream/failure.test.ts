import { errors } from 'undici'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../../src/core/fault.ts'
import { faultCodeOf, type Phase } from '../../../src/upstream/failure.ts'

describe('the fault of a failed exchange', () => {
  it.each([
    [new errors.ConnectTimeoutError(), 'connecting', 'upstream_unreachable'],
    [
      Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
      'connecting',
      'upstream_unreachable',
    ],
    [
      Object.assign(new Error('tls'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }),
      'connecting',
      'upstream_unreachable',
    ],
    [new errors.HeadersTimeoutError(), 'asked', 'upstream_timeout'],
    [new errors.BodyTimeoutError(), 'answering', 'upstream_timeout'],
    [new errors.HeadersOverflowError(), 'asked', 'upstream_invalid'],
    [new errors.HTTPParserError('bad'), 'asked', 'upstream_invalid'],
    [new errors.HTTPParserError('bad'), 'answering', 'upstream_broken'],
    [new errors.SocketError('other side closed'), 'asked', 'upstream_broken'],
    [new errors.ClientDestroyedError(), 'answering', 'upstream_broken'],
    [new errors.ClientClosedError(), 'connecting', 'upstream_busy'],
    [new errors.InvalidArgumentError('bad path'), 'connecting', 'internal'],
    [new Fault('body_too_large'), 'asked', 'body_too_large'],
    [undefined, 'answering', 'upstream_broken'],
    ['a thrown text', 'asked', 'upstream_broken'],
  ] satisfies [unknown, Phase, string][])('of %s while %s is %s', (error, phase, code) => {
    expect(faultCodeOf(error, phase)).toBe(code)
  })
})
