import { expect, it } from 'vitest'
import { FAULTS, type FaultCode, type RefusalCode } from '../../src/core/fault.ts'
import type { Dialect, Refusal } from '../../src/core/seams.ts'

/** Every code a caller can be refused with, and its status. */
const REFUSALS: readonly {
  readonly code: FaultCode | RefusalCode
  readonly status: number
}[] = [
  ...Object.entries(FAULTS).map(([code, { status }]) => ({
    // The keys of the table are its codes.
    code: code as FaultCode,
    status,
  })),
  { code: 'denied', status: 403 },
  { code: 'challenge_required', status: 403 },
  { code: 'throttled', status: 429 },
  { code: 'limit_exceeded', status: 429 },
  { code: 'limits_unavailable', status: 503 },
  { code: 'upstream_overloaded', status: 503 },
]

/** Names and values by turns as a map of lower-case names. */
const headersOf = (rawHeaders: readonly string[]): Map<string, string> => {
  const headers = new Map<string, string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    expect(headers.has(name), `${name} is sent twice`).toBe(false)
    headers.set(name, rawHeaders[index + 1] ?? '')
  }
  return headers
}

/** What holds for the refusals of every dialect. */
export const refusalContract = (dialect: Dialect): void => {
  const refusal: Refusal = { code: 'denied', status: 403, message: 'No.', id: '01k0' }

  it.each(REFUSALS)('refuses with $code as JSON that tells the code and the text', (row) => {
    const answer = dialect.refuse({ ...refusal, ...row, message: 'Do "this" instead — 東京' })
    const headers = headersOf(answer.rawHeaders)
    const text = Buffer.from(answer.body).toString()
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('content-length')).toBe(String(answer.body.length))
    expect(headers.get(dialect.requestIdHeader)).toBe('01k0')
    expect(headers.get('x-stillwatch-decision')).toBe('01k0')
    expect(JSON.parse(text)).toHaveProperty('error.message', 'Do "this" instead — 東京')
    expect(text).toContain(`"${row.code}"`)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    // Anthropic's own word for an API that is overloaded, and for nothing else.
    expect(answer.status === 529).toBe(
      dialect.name === 'anthropic' && row.code === 'upstream_overloaded',
    )
    for (const value of headers.values()) expect(value).toMatch(/^[\x20-\x7e]+$/)
  })

  it('never tells an SDK to retry what its status would not', () => {
    for (const row of REFUSALS) {
      const headers = headersOf(dialect.refuse({ ...refusal, ...row, retryAfterMs: 5 }).rawHeaders)
      expect(headers.get('x-should-retry')).not.toBe('true')
    }
  })

  it.each([
    { retryAfterMs: 174, seconds: '1', ms: '174' },
    { retryAfterMs: 0, seconds: '1', ms: '1000' },
    { retryAfterMs: -5, seconds: '1', ms: '1000' },
    { retryAfterMs: 1000.2, seconds: '2', ms: '1001' },
    { retryAfterMs: 59_001, seconds: '60', ms: '59001' },
    { retryAfterMs: 60_000, seconds: '60', ms: '60000' },
  ])('tells a wait of $retryAfterMs ms truly, and leaves the retry to the SDK', (row) => {
    const { retryAfterMs, seconds, ms } = row
    const limited = { ...refusal, code: 'limit_exceeded', status: 429, retryAfterMs } as const
    const headers = headersOf(dialect.refuse(limited).rawHeaders)
    expect(headers.get('retry-after')).toBe(seconds)
    expect(headers.get('retry-after-ms')).toBe(ms)
    expect(headers.has('x-should-retry')).toBe(false)
  })

  it.each([
    { retryAfterMs: 60_001, seconds: '61', ms: '60001' },
    { retryAfterMs: 86_400_000, seconds: '86400', ms: '86400000' },
    { retryAfterMs: 2_147_483_001, seconds: '2147483', ms: '2147483000' },
    { retryAfterMs: 90 * 86_400_000, seconds: '2147483', ms: '2147483000' },
    { retryAfterMs: Number.MAX_VALUE, seconds: '2147483', ms: '2147483000' },
    { retryAfterMs: Infinity, seconds: undefined, ms: undefined },
    { retryAfterMs: Number.NaN, seconds: undefined, ms: undefined },
  ])('of $retryAfterMs ms tells no more than a timer can keep', ({ retryAfterMs, seconds, ms }) => {
    const limited = { ...refusal, code: 'limit_exceeded', status: 429, retryAfterMs } as const
    const headers = headersOf(dialect.refuse(limited).rawHeaders)
    expect(headers.get('retry-after')).toBe(seconds)
    expect(headers.get('retry-after-ms')).toBe(ms)
    expect(Number(ms ?? 0)).toBeLessThanOrEqual(2 ** 31 - 1)
    expect(headers.get('x-should-retry')).toBe('false')
  })

  it.each([60_001, 86_400_000, Infinity])('vetoes a retry after %d ms', (retryAfterMs) => {
    const limited = { ...refusal, code: 'limit_exceeded', status: 429, retryAfterMs } as const
    expect(headersOf(dialect.refuse(limited).rawHeaders).get('x-should-retry')).toBe('false')
  })

  it('vetoes a retry of everything that will not change by itself', () => {
    const vetoed = REFUSALS.filter(
      (row) =>
        headersOf(dialect.refuse({ ...refusal, ...row }).rawHeaders).get('x-should-retry') ===
        'false',
    ).map(({ code }) => code)
    expect(vetoed).toEqual(
      REFUSALS.filter(({ code }) =>
        code in FAULTS
          ? !FAULTS[code as FaultCode].retryable
          : code === 'denied' || code === 'challenge_required',
      ).map(({ code }) => code),
    )
  })

  it('breaks no answer that has no place for an error', () => {
    for (const contentType of [undefined, 'application/json', 'audio/mpeg', 'text/html']) {
      expect(dialect.breakStream(refusal, contentType)).toHaveLength(0)
    }
  })
}
