import { BlockList } from 'node:net'
import { canonicalAddress } from '../core/ip.ts'

// IANA special-purpose address registries; 6to4 (2002::/16) carries an IPv4 address inside.
const SPECIAL: readonly (readonly [network: string, bits: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.0.2.0', 24, 'ipv4'],
  ['192.88.99.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['198.51.100.0', 24, 'ipv4'],
  ['203.0.113.0', 24, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  // Of IPv6 only 2000::/3 is given out at all.
  ['::', 3, 'ipv6'],
  ['4000::', 2, 'ipv6'],
  ['8000::', 1, 'ipv6'],
  ['2001::', 23, 'ipv6'],
  ['2001:db8::', 32, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['3fff::', 20, 'ipv6'],
]

// Apart, because one list of both takes an IPv4 address for the IPv6 address it can be mapped to.
const blocked = { ipv4: new BlockList(), ipv6: new BlockList() }
for (const [network, bits, family] of SPECIAL) blocked[family].addSubnet(network, bits, family)

/** Whether an address is one of the public internet: not private, loopback, link-local or reserved. */
export const isPublicAddress = (address: string): boolean => {
  const canonical = canonicalAddress(address)
  if (canonical === undefined) return false
  const family = canonical.includes(':') ? 'ipv6' : 'ipv4'
  return !blocked[family].check(canonical, family)
}
