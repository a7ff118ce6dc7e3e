import { describe, expect, it } from 'vitest'
import { createAddressMask } from '../../../src/sinks/address-mask.ts'

const hash = (text: string): string => `#${text.length}`

describe('an address mask', () => {
  it('finds the network an operator means', () => {
    const mask = createAddressMask({ addresses: 'network', hash })
    expect(mask.wanted('203.0.113.7')).toBe('203.0.113.0/24')
    expect(mask.wanted('203.0.113.0/24')).toBe('203.0.113.0/24')
    expect(mask.wanted('2001:DB8::1')).toBe('2001:db8::/64')
    expect(mask.wanted('2001:db8::/64')).toBe('2001:db8::/64')
  })

  it('looks for hashes where records hold hashes', () => {
    const mask = createAddressMask({ addresses: 'hash', hash })
    expect(mask.wanted('203.0.113.7')).toBe(hash('203.0.113.0/24'))
  })

  it('does not guess at other text', () => {
    const mask = createAddressMask({ addresses: 'full', hash })
    for (const text of ['', '203.0.113.0/16', '203.0.113', 'host', '1.2.3.4/24/24x', '::1%eth0']) {
      expect(mask.wanted(text), text).toBeUndefined()
    }
  })
})
