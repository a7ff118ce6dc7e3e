import fc from 'fast-check'
import { SocketAddress } from 'node:net'
import { describe, expect, it } from 'vitest'
import { canonicalAddress, networkOf, siteOf } from '../../../src/core/ip.ts'

describe('canonicalAddress', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['0:0:0:0:0:ffff:203.0.113.7', '203.0.113.7'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::', '::'],
    ['::1', '::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('spells %s as %s', (text, wanted) => {
    expect(canonicalAddress(text)).toBe(wanted)
  })

  it.each([
    '',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2.3',
    '01.2.3.4',
    '0x1.2.3.4',
    '1.2.3.256',
    '134744072',
    '1.2.3.4:80',
    '[::1]',
    '::1%eth0',
    ':::',
    '1::2::3',
    '12345::',
    'unknown',
    '_hidden',
    '1.2.3.4, 5.6.7.8',
    '::ffff:1.2.3.04',
  ])('refuses %j', (text) => {
    expect(canonicalAddress(text)).toBeUndefined()
  })

  it('gives every spelling of an IPv6 address one form, the one the system prints', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const canonical = canonicalAddress(address)
        if (canonical?.includes(':') !== true) return
        expect(canonicalAddress(canonical)).toBe(canonical)
        expect(canonicalAddress(address.toUpperCase())).toBe(canonical)
        const system = new SocketAddress({ address, family: 'ipv6' }).address
        // The C library prints the deprecated IPv4-compatible ::a.b.c.d with dots; RFC 5952 does not ask for it.
        if (!system.includes('.')) expect(canonical).toBe(system)
      }),
    )
  })
})

describe('networkOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8::/64'],
    ['::1', '::/64'],
  ])('puts %s into %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })

  it('keeps two IPv4 callers of different networks apart', () => {
    expect(networkOf('198.51.100.1')).not.toBe(networkOf('198.51.101.1'))
  })
})

describe('siteOf', () => {
  it.each([
    ['203.0.113.7', '203.0.113.0/24'],
    ['2001:db8:1:2::3', '2001:db8:1::/48'],
    ['2001:db8:1:ffff:1:2:3:4', '2001:db8:1::/48'],
    ['2001:db8::1', '2001:db8::/48'],
    ['::1', '::/48'],
  ])('of %s is %s', (address, wanted) => {
    expect(siteOf(address)).toBe(wanted)
  })
})
