import { gzipSync } from 'node:zlib'
import { BlockList } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalAddress } from '../../../src/core/ip.ts'
import { parseNetworkEntry } from '../../../src/signals/network-entry.ts'
import { parseNetworkList } from '../../../src/signals/network-list-file.ts'
import { createNetworkRanges, readAddress } from '../../../src/signals/network-ranges.ts'
import { sharedPath } from '../../support/shared-data.ts'
import { readFileSync } from 'node:fs'

const words = new Uint32Array(4)
const listOf = (...lines: string[]) => parseNetworkList('list.txt', Buffer.from(lines.join('\n')))
const holds = async (list: ReturnType<typeof listOf>, address: string): Promise<boolean> => {
  const { set } = await list
  return set?.hasAddress(words, readAddress(address, words)) === true
}

describe('a line of a list', () => {
  it.each([
    ['192.0.2.7', { address: '192.0.2.7', prefix: 32 }],
    ['192.0.2.0/24', { address: '192.0.2.0', prefix: 24 }],
    ['  192.0.2.0/24  # office', { address: '192.0.2.0', prefix: 24 }],
    ['2001:DB8::/32', { address: '2001:db8::', prefix: 32 }],
    ['2001:db8::1', { address: '2001:db8::1', prefix: 128 }],
    ['::ffff:192.0.2.7', { address: '192.0.2.7', prefix: 32 }],
    ['AS64500', { asn: 64_500 }],
    ['as4200000000 # private', { asn: 4_200_000_000 }],
    ['', undefined],
    ['# a comment', undefined],
    ['   \r', undefined],
  ])('reads %j', (line, expected) => {
    expect(parseNetworkEntry(line)).toEqual(expected)
  })

  it.each([
    ['192.0.2', 'is no network'],
    ['192.0.2.7/33', 'no valid prefix'],
    ['192.0.2.7/024', 'no valid prefix'],
    ['192.0.2.7/', 'no valid prefix'],
    ['192.0.2.7/24', 'names an address'],
    ['2001:db8::1/64', 'names an address'],
    ['0.0.0.0/0', 'covers more'],
    ['::/0', 'covers more'],
    ['0192.0.2.7', 'is no network'],
    ['fe80::1%eth0', 'is no network'],
    ['::ffff:192.0.2.0/120', 'in IPv6 form'],
    ['AS0', 'is no network'],
    ['AS4294967296', 'is no AS number'],
    ['192.0.2.0-192.0.2.255', 'is no network'],
    ['<html>', 'is no network'],
    ['x'.repeat(100), 'too long'],
  ])('refuses %j and says what to write', (line, what) => {
    const entry = parseNetworkEntry(line)
    if (entry === undefined || !('what' in entry)) throw new Error('the line was taken')
    expect(entry.what).toContain(what)
    expect(entry.instead).toMatch(/^write|^leave/)
  })
})

describe('a list', () => {
  it('takes good lines and reports bad ones with their position', async () => {
    const { set, problems } = await listOf('# head', '192.0.2.0/24', '  nonsense', 'AS64500')
    expect(set?.entries).toBe(2)
    expect(set?.asns).toBe(1)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ file: 'list.txt', line: 3, col: 3 })
    expect(problems[0]?.what).toContain('nonsense')
    expect(set?.hasAsn(64_500)).toBe(true)
    expect(set?.hasAsn(64_501)).toBe(false)
  })

  it('is the same whether it is packed or not, with any line ends', async () => {
    const text = '192.0.2.0/24\r\n2001:db8::/32\r\n'
    const { set } = await parseNetworkList('list.gz', gzipSync(text))
    expect(set?.entries).toBe(2)
    expect(set?.hasAddress(words, readAddress('192.0.2.200', words))).toBe(true)
    expect(set?.hasAddress(words, readAddress('2001:db8:ffff::1', words))).toBe(true)
    expect(set?.hasAddress(words, readAddress('192.0.3.0', words))).toBe(false)
  })

  it('refuses what is no list: an error page, a broken packing, nothing at all', async () => {
    for (const bytes of [
      Buffer.from('<html>\n<body>404</body>\n</html>'),
      gzipSync('192.0.2.0/24\n').subarray(0, 20),
      Buffer.alloc(0),
      Buffer.alloc(4_000),
    ]) {
      const { set, problems } = await parseNetworkList('list', bytes)
      expect(set).toBeUndefined()
      expect(problems.length).toBeGreaterThan(0)
    }
  })

  it('refuses a packing that grows without end', async () => {
    const { set } = await parseNetworkList('bomb.gz', gzipSync(Buffer.alloc(65 * 1024 * 1024)))
    expect(set).toBeUndefined()
  })

  it('takes comments alone for an empty list', async () => {
    const { set, problems } = await listOf('# nothing yet')
    expect(set?.entries).toBe(0)
    expect(problems).toEqual([])
  })

  it('reports twenty bad lines and the number of the others', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => [`192.0.2.${i}`, `bad-${i}`]).flat()
    const { set, problems } = await listOf(...lines)
    expect(set?.entries).toBe(50)
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)?.what).toContain('30 further lines')
  })

  it('holds the edges of a network and not their neighbours', async () => {
    const list = listOf('198.51.100.128/25', '2001:db8:0:8000::/49', '203.0.113.9')
    for (const address of [
      '198.51.100.128',
      '198.51.100.255',
      '2001:db8:0:8000::',
      '2001:db8:0:ffff:ffff:ffff:ffff:ffff',
      '203.0.113.9',
    ]) {
      expect(await holds(list, address), address).toBe(true)
    }
    for (const address of [
      '198.51.100.127',
      '198.51.101.0',
      '2001:db8:0:7fff:ffff:ffff:ffff:ffff',
      '2001:db8:1::',
      '203.0.113.8',
      '203.0.113.10',
    ]) {
      expect(await holds(list, address), address).toBe(false)
    }
  })

  it('reads the published lists without a complaint', async () => {
    for (const name of ['vpn_ipv4', 'datacenter_ipv6', 'tor_exits', 'apple_private_relay_ipv4']) {
      const path = sharedPath(`ip/${name}.txt.gz`)
      if (path === undefined) continue
      const { set, problems } = await parseNetworkList(path, readFileSync(path))
      expect(problems, name).toEqual([])
      expect(set?.entries, name).toBeGreaterThan(400)
    }
  })
})

describe('ranges', () => {
  const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16))
  const sparse = fc.oneof(fc.constant('0'), group)
  const v6 = fc.tuple(sparse, sparse, sparse, sparse, sparse, sparse, sparse, sparse)
  const address = fc
    .oneof(
      fc.ipV4(),
      v6.map((groups) => groups.join(':')),
    )
    .map((text) => canonicalAddress(text) ?? '192.0.2.1')
  const entry = fc.record({ address, cut: fc.integer({ min: 0, max: 24 }) })

  it('agree with the block list of node:net on every address', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), fc.array(address), (entries, asked) => {
        const reference = new BlockList()
        const sets = { 1: createNetworkRanges(1), 4: createNetworkRanges(4) }
        for (const one of entries) {
          const family = one.address.includes(':') ? 'ipv6' : 'ipv4'
          const prefix = (family === 'ipv6' ? 128 : 32) - one.cut
          reference.addSubnet(one.address, prefix, family)
          sets[readAddress(one.address, words)].add(words, prefix)
        }
        const built = { 1: sets[1].build(), 4: sets[4].build() }
        for (const one of [...asked, ...entries.map((each) => each.address)]) {
          const family = one.includes(':') ? 'ipv6' : 'ipv4'
          const width = readAddress(one, words)
          expect(built[width].has(words), one).toBe(reference.check(one, family))
        }
      }),
    )
  })
})
