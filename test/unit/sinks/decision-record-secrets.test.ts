import { describe, expect, it } from 'vitest'
import type { CallEvent } from '../../../src/core/event.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import type { Addresses } from '../../../src/sinks/address-mask.ts'
import { createDecisionRecord } from '../../../src/sinks/decision-record.ts'
import { aCall } from '../../support/a-call.ts'
import {
  aLimitState,
  anEvent,
  aRefusedArrival,
  aRuling,
  someFacts,
} from '../../support/an-event.ts'

type Plain = Record<string, unknown>
const hash = createKeyedHash(Buffer.alloc(32, 7), 'addresses')
const write = (event: CallEvent, addresses: Addresses = 'network'): string =>
  createDecisionRecord({ addresses, hash })(event)
const read = (event: CallEvent, addresses?: Addresses): Plain =>
  JSON.parse(write(event, addresses)) as Plain

describe('what a decision record never holds', () => {
  const address = '198.51.100.23'
  const secretive = (): CallEvent =>
    anEvent({
      call: aCall({
        caller: { address, network: '198.51.100.0/24' },
        target: '/v1/chat/completions?key=QUERY-SECRET',
        credential: { id: 'credential-hash', secret: 'sk-SECRET', carrier: 'authorization' },
        rawHeaders: ['authorization', 'Bearer sk-SECRET', 'cookie', 'COOKIE-SECRET'],
        body: new TextEncoder().encode('{"messages":[{"content":"PROMPT-SECRET"}]}'),
        ask: { endUser: 'END-USER-SECRET' },
      }),
      facts: someFacts({ 'caller.ip': address, 'caller.network': '198.51.100.0/24' }),
      ruling: aRuling({}, [aLimitState({ key: address })]),
    })

  it('is a prompt, a secret, a query or a header', () => {
    for (const addresses of ['full', 'network', 'hash'] as const) {
      expect(write(secretive(), addresses)).not.toContain('SECRET')
    }
  })

  it('is an address in clear, unless the setting says so', () => {
    expect(read(secretive(), 'full')['client.address']).toBe(address)
    expect(write(secretive(), 'network')).not.toContain(address)
    expect(read(secretive(), 'network')['client.address']).toBe('198.51.100.0/24')
    expect(write(secretive(), 'hash')).not.toContain('198.51.100')
    expect(read(secretive(), 'hash')['client.address']).toBe(hash(address))
  })

  it('is an address of a peer whose request was refused unread', () => {
    const arrival = { ...anEvent().arrival, peerAddress: `::ffff:${address}` }
    const event = aRefusedArrival({ arrival })
    expect(read(event, 'full')['network.peer.address']).toBe(address)
    expect(read(event, 'network')['network.peer.address']).toBe('198.51.100.0/24')
    expect(write(event, 'hash')).not.toContain('198.51.100')
    expect(read(aRefusedArrival({ arrival: { ...arrival, peerAddress: '' } }))).not.toHaveProperty([
      'network.peer.address',
    ])
  })

  it.each([
    ['http://user:SECRET@host/path', undefined],
    ['/v1/models%3Fkey=SECRET', '/v1/models'],
    ['/v1/models;key=SECRET', '/v1/models'],
    ['/v1/models#SECRET', '/v1/models'],
    ['/v1\\..\\SECRET', '/v1'],
    ['SECRET', undefined],
    ['', undefined],
    ['/v1/models', '/v1/models'],
  ])('is what hides in the raw path %j', (path, shown) => {
    const event = aRefusedArrival({ arrival: { ...anEvent().arrival, path } })
    expect(write(event)).not.toContain('SECRET')
    expect(read(event)['url.path']).toBe(shown)
  })
})
