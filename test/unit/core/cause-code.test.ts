import { describe, expect, it } from 'vitest'
import { errors } from 'undici'
import { causeCodeOf } from '../../../src/core/cause-code.ts'
import { Fault } from '../../../src/core/fault.ts'

const coded = (code: unknown, cause?: unknown): Error =>
  Object.assign(new Error('secret words', { cause }), { code })

describe('the machine word for a cause', () => {
  it.each([
    [coded('ECONNREFUSED'), 'ECONNREFUSED'],
    [coded('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED'],
    [new errors.HeadersTimeoutError(), 'UND_ERR_HEADERS_TIMEOUT'],
    [coded('HPE_INVALID_CONSTANT'), 'HPE_INVALID_CONSTANT'],
    [new errors.HTTPParserError('bad'), 'UND_ERR_HTTP_PARSER'],
    [new AggregateError([coded('ECONNRESET')], 'all failed'), undefined],
    [new Error('ECONNREFUSED'), undefined],
    [coded('not a word of ours'), undefined],
    [coded('econnrefused'), undefined],
    [coded('E'.repeat(41)), undefined],
    [coded(23), undefined],
    ['ECONNREFUSED', undefined],
    [undefined, undefined],
  ])('of %o is %s', (thrown, word) => {
    expect(causeCodeOf(thrown)).toBe(word)
  })

  it('is that of the innermost error which has one', () => {
    const inner = coded('ENOTFOUND', coded('Not A Code', new Error('x')))
    expect(causeCodeOf(new Fault('internal', { cause: coded('UND_ERR_SOCKET', inner) }))).toBe(
      'ENOTFOUND',
    )
  })

  it('is found in a chain that leads back to itself', () => {
    const one = coded('EONE')
    one.cause = coded('ETWO', one)
    expect(['EONE', 'ETWO']).toContain(causeCodeOf(one))
  })
})
