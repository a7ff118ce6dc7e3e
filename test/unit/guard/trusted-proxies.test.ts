import { describe, expect, it } from 'vitest'
import { createTrustedProxies } from '../../../src/guard/trusted-proxies.ts'

describe('trusted proxies', () => {
  it('are nobody while the list is empty', () => {
    const trusts = createTrustedProxies([])
    for (const address of ['127.0.0.1', '::1', '10.0.0.1']) expect(trusts(address)).toBe(false)
  })

  it('are the addresses inside the blocks', () => {
    const trusts = createTrustedProxies([
      '10.0.0.0/8',
      '192.0.2.7',
      'fc00::/7',
      '2001:db8::/32',
      '::1',
    ])
    for (const address of ['10.255.0.1', '192.0.2.7', 'fd12::1', '2001:db8:ffff::1', '::1']) {
      expect([address, trusts(address)]).toEqual([address, true])
    }
    for (const address of [
      '11.0.0.0',
      '192.0.2.8',
      '9.255.255.255',
      '2001:db9::1',
      '::2',
      'fe80::1',
    ]) {
      expect([address, trusts(address)]).toEqual([address, false])
    }
  })

  it.each([
    ['0.0.0.0/0', 'would let nearly anyone name the address they call from'],
    ['::/0', 'would let nearly anyone'],
    ['128.0.0.0/1', 'would let nearly anyone'],
    ['2000::/3', 'would let nearly anyone'],
    ['10.0.0.1/8', 'has bits beyond its length'],
    ['2001:db8::1/32', 'has bits beyond its length'],
    ['10.0.0.0/33', 'needs a length of 0 to 32 bits'],
    ['2001:db8::/129', 'needs a length of 0 to 128 bits'],
    ['10.0.0.0/08', 'needs a length'],
    ['10.0.0.0/', 'needs a length'],
    ['10.0.0.0/-1', 'needs a length'],
    ['10.0.0.0/8/8', 'is not an address'],
    ['10.0.0', 'is not an address'],
    ['010.0.0.0/8', 'is not an address'],
    ['proxy.test', 'is not an address'],
    ['fe80::1%eth0', 'is not an address'],
    ['', 'is not an address'],
    ['::ffff:10.0.0.0/104', 'must be written as IPv4'],
  ])('refuse the entry %j in one sentence', (entry, what) => {
    expect(() => createTrustedProxies(['192.0.2.1', entry])).toThrow(
      new RegExp(
        `^trusted_proxies: ${JSON.stringify(entry).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')} ${what}`,
      ),
    )
  })
})
