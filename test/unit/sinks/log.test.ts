import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFaultLog } from '../../../src/sinks/fault-log.ts'
import { createLogSuppression } from '../../../src/sinks/log-suppression.ts'
import { createLog, type Log } from '../../../src/sinks/log.ts'
import { anEvent, aRefusedArrival, aRuling } from '../../support/an-event.ts'

type Line = Record<string, unknown>

const collected = (): { log: Log; lines: Line[] } => {
  const lines: Line[] = []
  const write = (text: string): void => void lines.push(JSON.parse(text) as Line)
  return { log: createLog({ level: 'info', destination: { write } }), lines }
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

describe('the log', () => {
  it('is JSON lines with a level, a time and nothing about the machine', () => {
    const { log, lines } = collected()
    log.info({ port: 8080 }, 'listening')
    log.debug('not said')
    expect(lines).toEqual([
      { level: 'info', time: '1970-01-01T00:00:00.000Z', port: 8080, msg: 'listening' },
    ])
  })

  it('tells of an error its kind and place, not what hangs on it', () => {
    const { log, lines } = collected()
    const error = Object.assign(new TypeError('x'.repeat(10_000)), {
      code: 'ECONNREFUSED',
      request: { headers: { authorization: 'SECRET' } },
      cause: Object.assign(new Error('inner'), { body: 'SECRET' }),
    })
    log.error({ err: error }, 'failed')
    expect(JSON.stringify(lines)).not.toContain('SECRET')
    expect(JSON.stringify(lines).length).toBeLessThan(6_000)
    expect(lines[0]).toMatchObject({
      err: { type: 'TypeError', code: 'ECONNREFUSED', cause: { message: 'inner' } },
    })
  })
})

describe('suppression', () => {
  it('says the first of a kind at once and the number of the others at the end of the window', () => {
    const { log, lines } = collected()
    const suppression = createLogSuppression({ log, windowMs: 10_000 })
    for (let n = 0; n < 50_000; n++) suppression.note('bad', 'warn', { n }, 'bad request')
    suppression.note('other-kind', 'error', {}, 'other')
    expect(lines).toHaveLength(2)
    vi.advanceTimersByTime(10_000)
    expect(lines).toHaveLength(3)
    expect(lines[2]).toMatchObject({ level: 'warn', kind: 'bad', suppressed: 49_999 })
    vi.advanceTimersByTime(100_000)
    expect(lines).toHaveLength(3)
    suppression.note('bad', 'warn', {}, 'bad request')
    expect(lines).toHaveLength(4)
  })

  it('stays bounded when the kinds do not', () => {
    const { log, lines } = collected()
    const suppression = createLogSuppression({ log })
    for (let n = 0; n < 10_000; n++) suppression.note(`kind ${n}`, 'warn', {}, 'odd')
    expect(lines.length).toBeLessThanOrEqual(257)
    suppression.close()
    expect(lines.length).toBeLessThanOrEqual(258)
  })
})

describe('the fault log', () => {
  it('tells what the guard and the upstream broke, by kind, and nothing about calls or clients', () => {
    const { log, lines } = collected()
    const sink = createFaultLog({ suppression: createLogSuppression({ log }) })
    for (let n = 0; n < 1_000; n++) {
      sink.accept(anEvent())
      sink.accept(aRefusedArrival())
      sink.accept(
        anEvent({
          outcome: 'faulted',
          fault: 'upstream_timeout',
          faultCause: 'UND_ERR_HEADERS_TIMEOUT',
          upstreamStatus: undefined,
        }),
      )
      sink.accept(anEvent({ outcome: 'faulted', fault: 'internal', upstream: undefined }))
    }
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({
      level: 'warn',
      code: 'upstream_timeout',
      cause: 'UND_ERR_HEADERS_TIMEOUT',
      source: 'upstream',
      upstream: 'main',
    })
    expect(lines[1]).toMatchObject({ level: 'error', code: 'internal', source: 'guard' })
    void sink.close()
    expect(lines).toHaveLength(4)
    expect(JSON.stringify(lines)).not.toMatch(/acct_1|203\.0\.113|m-1|credential-hash|test\/1/)
  })

  it('tells once that calls are shed, and how many more were', () => {
    const { log, lines } = collected()
    const sink = createFaultLog({ suppression: createLogSuppression({ log }) })
    const shed = { upstream: 'main', pressure: 0.7, retryAfterMs: 14_200 }
    const ruling = { ...aRuling(), verdict: 'throttle', admission: undefined, shed } as const
    for (let n = 0; n < 1_000; n++) sink.accept(anEvent({ outcome: 'refused', ruling }))
    void sink.close()
    expect(lines).toMatchObject([
      { level: 'warn', kind: 'shed', pressure: 0.7, msg: expect.stringContaining('turned away') },
      { level: 'warn', kind: 'shed', suppressed: 999 },
    ])
  })
})
