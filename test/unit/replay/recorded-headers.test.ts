import { describe, expect, it } from 'vitest'
import { createWireHeaders } from '../../../src/replay/recorded-headers.ts'

const wire = createWireHeaders()
const call = { secret: 'trace-a', bodyBytes: 7 }

describe('headers of a recorded call on the wire', () => {
  it('have the account where the credential stood, and the length of the body', () => {
    const sdk = ['Host', 'h', 'Authorization', 'Bearer [removed]', 'Content-Length', '99', 'X', '1']
    expect(wire(sdk, call)).toEqual([
      'Host',
      'h',
      'Authorization',
      'Bearer trace-a',
      'Content-Length',
      '7',
      'X',
      '1',
    ])
    expect(wire(['host', 'h', 'x-api-key', 'k'], { ...call, bodyBytes: 0 })).toEqual([
      'host',
      'h',
      'x-api-key',
      'trace-a',
    ])
  })

  it('get what is missing at their end, and nothing twice', () => {
    const added = [
      'host',
      'trace.invalid',
      'content-length',
      '7',
      'authorization',
      'Bearer trace-a',
    ]
    expect(wire([], call)).toEqual(added)
    expect(wire(['a', 'b'], call)).toEqual(['a', 'b', ...added])
    expect(wire(['host', 'h', 'transfer-encoding', 'chunked'], call)).toEqual([
      'host',
      'h',
      'transfer-encoding',
      'chunked',
      'authorization',
      'Bearer trace-a',
    ])
  })

  it('keep a second credential, which makes the call ambiguous as it was', () => {
    const two = ['host', 'h', 'x-api-key', 'one', 'authorization', 'Bearer two']
    expect(wire(two, call)).toContain('Bearer two')
    expect(wire(two, call)).toContain('trace-a')
  })

  it('are made anew for each call and leave the recorded ones alone', () => {
    const recorded = ['host', 'h', 'authorization', 'Bearer x', 'content-length', '1']
    const before = [...recorded]
    expect(wire(recorded, call)).not.toBe(wire(recorded, call))
    expect(wire(recorded, { secret: 'trace-b', bodyBytes: 1 })).toContain('Bearer trace-b')
    expect(wire(recorded, { secret: undefined, bodyBytes: 1 })).toEqual(before)
    expect(recorded).toEqual(before)
  })
})
