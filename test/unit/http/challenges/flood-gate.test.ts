import { describe, expect, it } from 'vitest'
import { createFloodGate } from '../../../../src/http/challenges/flood-gate.ts'
import type { Exchange } from '../../../../src/core/seams.ts'
import { createFakeClock } from '../../../support/clock.ts'

const from = (peerAddress: string, ...rawHeaders: string[]): Exchange =>
  // The gate looks at nothing else of an exchange.
  ({ peerAddress, rawHeaders: ['Host', 'guard.test', ...rawHeaders] }) as unknown as Exchange

const scene = (trustedProxies: readonly string[] = []) => {
  const clock = createFakeClock()
  const gate = createFloodGate({ clock, trustedProxies, perSecond: 5 })
  const flood = (exchange: Exchange): void => {
    for (let n = 0; n < 5; n++) gate.bad(gate.placeOf(exchange))
  }
  const isShut = (exchange: Exchange): boolean => gate.isShut(gate.placeOf(exchange))
  return { clock, flood, isShut }
}

describe('a flood of bad answers', () => {
  it('shuts out its own address and no other, until the next second', () => {
    const { clock, flood, isShut } = scene()
    flood(from('203.0.113.7'))
    expect(isShut(from('203.0.113.7'))).toBe(true)
    expect(isShut(from('203.0.113.8'))).toBe(false)
    clock.advance(1_000)
    expect(isShut(from('203.0.113.7'))).toBe(false)
  })

  it('through a trusted proxy shuts out the caller behind it alone', () => {
    const { flood, isShut } = scene(['10.0.0.0/8'])
    const behind = (caller: string): Exchange => from('10.0.0.1', 'X-Forwarded-For', caller)
    flood(behind('203.0.113.7'))
    expect(isShut(behind('203.0.113.7'))).toBe(true)
    expect(isShut(behind('203.0.113.8'))).toBe(false)
  })

  it('cannot hide behind a header that nobody trusted wrote', () => {
    const { flood, isShut } = scene(['10.0.0.0/8'])
    flood(from('203.0.113.7', 'X-Forwarded-For', '198.51.100.1'))
    expect(isShut(from('203.0.113.7', 'X-Forwarded-For', '198.51.100.2'))).toBe(true)
  })

  it('that contradicts itself is one flood', () => {
    const { flood, isShut } = scene(['10.0.0.0/8'])
    const odd = from('10.0.0.1', 'X-Forwarded-For', '203.0.113.7', 'Forwarded', 'for=198.51.100.1')
    flood(odd)
    expect(isShut(odd)).toBe(true)
    expect(isShut(from('10.0.0.1'))).toBe(false)
  })
})
