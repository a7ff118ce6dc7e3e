// A database file is operator input that comes from somewhere else. Whatever lies there, the guard must not
// crash, not hang, and not answer from it unless it is whole.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  ANONYMOUS_USE,
  ASN_USE,
  COUNTRY_USE,
  RESIDENTIAL_PROXY_USE,
} from '../../src/signals/geo-records.ts'
import { openMmdb, type MmdbUse } from '../../src/signals/mmdb-open.ts'
import {
  mmdbBytes,
  mmdbPointer,
  writeMmdb,
  type MmdbTestFile,
  type MmdbTestValue,
} from '../support/mmdb-writer.ts'
import { sharedPath } from '../support/shared-data.ts'

const USES: readonly MmdbUse<object>[] = [
  COUNTRY_USE,
  ASN_USE,
  ANONYMOUS_USE,
  RESIDENTIAL_PROXY_USE,
]
/** Takes anything, so that only what is wrong with the structure can refuse a file. */
const ANYTHING: MmdbUse<object> = {
  name: 'any database',
  types: /./,
  derive: (record) => (typeof record === 'object' && record !== null ? record : undefined),
}
/** Slow machines included; a look-up or check that follows a bomb would take hours. */
const CAP_MS = 5_000

const flawOf = async (bytes: Buffer, use: MmdbUse<object> = ANYTHING): Promise<string> => {
  const from = performance.now()
  const opened = await openMmdb(bytes, use)
  expect(performance.now() - from).toBeLessThan(CAP_MS)
  return opened.ok ? '' : opened.flaw
}

const good = (changes: Partial<MmdbTestFile> = {}): Buffer =>
  writeMmdb({
    type: 'GeoLite2-Country',
    networks: [
      ['1.0.0.0/8', { country: { iso_code: 'AU' } }],
      ['2a00::/16', { country: { iso_code: 'FR' } }],
    ],
    ...changes,
  })

const holding = (record: MmdbTestValue): Buffer => good({ networks: [['1.0.0.0/8', record]] })
const asn = (record: MmdbTestValue): Buffer =>
  good({ type: 'GeoLite2-ASN', networks: [['1.0.0.0/8', record]] })
const raw = (...parts: readonly (readonly number[])[]): MmdbTestValue => ({ raw: parts.flat() })

const filesIn = (folder: string): string[] => {
  const path = sharedPath(folder)
  if (path === undefined) return []
  const names = readdirSync(path).filter((name) => name.endsWith('.mmdb'))
  return names.map((name) => join(path, name))
}

describe('a corrupt database', () => {
  it('is refused if it is one of those published as bad, for every use and for none', async () => {
    for (const file of filesIn('ip/mmdb-bad')) {
      const bytes = readFileSync(file)
      for (const use of [...USES, ANYTHING]) expect(await flawOf(bytes, use), file).not.toBe('')
    }
  })

  it('is refused if it is a broken one among those published for tests; the others open', async () => {
    for (const file of filesIn('ip/mmdb-test')) {
      const flaw = await flawOf(readFileSync(file))
      // Some of them hold nothing but addresses that no caller can have; that is the last thing checked.
      const whole = /Geo(IP|Lite)/.test(file) ? /^$/ : /^(no record says what is wanted of it)?$/
      if (/broken|invalid/i.test(file)) expect(flaw, file).not.toMatch(/^(no record.*)?$/)
      else expect(flaw, file).toMatch(whole)
    }
  })

  it.each<[string, Buffer, string]>([
    ['no bytes', Buffer.alloc(0), 'no MaxMind DB'],
    ['zeros', Buffer.alloc(100_000), 'no MaxMind DB'],
    ['a marker alone', Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'), 'metadata is no map'],
    ['no nodes', good({ metadata: { node_count: 0 } }), 'no networks'],
    ['more nodes than bytes', good({ metadata: { node_count: 4_000_000_000 } }), 'more nodes'],
    ['fewer nodes than there are', good({ metadata: { node_count: 10 } }), 'does not end'],
    ['another record size', good({ metadata: { record_size: 28 } }), 'does not end|more nodes'],
    ['a record size that does not exist', good({ metadata: { record_size: 16 } }), 'Unsupported'],
    ['a node count that is text', good({ metadata: { node_count: 'many' } }), 'no networks'],
    ['a record size that is text', good({ metadata: { record_size: '24' } }), 'Unsupported'],
    ['an IP version 5', good({ metadata: { ip_version: 5 } }), 'neither 4 nor 6'],
    ['a format of the future', good({ metadata: { binary_format_major_version: 3 } }), 'version 2'],
    ['a build date of 1970', good({ builtAtS: 1 }), 'build date'],
    ['a type that is a map', good({ metadata: { database_type: { a: 'b' } } }), 'name its type'],
    ['a type with a line end', good({ type: 'GeoLite2-Country\n' }), 'name its type'],
    ['a loop in the tree', good({ tamper: (nodes) => (nodes[2] = [1, 1]) }), 'loop'],
    ['a node that is its own child', good({ tamper: (nodes) => (nodes[0] = [0, 0]) }), 'loop'],
    [
      'a tree that points into the separator',
      good({ tamper: (nodes) => (nodes[0] = [nodes.length + 3, 1]) }),
      'outside the data',
    ],
    [
      'a tree that points behind the data',
      good({ tamper: (nodes, data) => (nodes[0] = [data(100_000), 1]) }),
      'outside the data',
    ],
    ['a pointer to itself', holding(raw(mmdbPointer(0))), 'pointer leads to a pointer'],
    ['a pointer behind the data', holding(raw(mmdbPointer(1_000_000))), 'beyond the data'],
    ['a map that holds itself', holding(raw([0xe1], mmdbBytes('a'), mmdbPointer(0))), 'too deep'],
    ['a text longer than the file', holding(raw([0x5f, 0xff, 0xff, 0xff])), 'beyond the data'],
    ['a list longer than the file', holding(raw([0x1f, 0x04, 0xff, 0xff, 0xff])), 'longer than'],
    ['a key that is a number', holding(raw([0xe1, 0xa1, 1], mmdbBytes('x'))), 'not text'],
    ['a text that is not UTF-8', holding(raw([0x42, 0xc3, 0x28])), 'UTF-8'],
    ['an unknown type', holding(raw([0x00, 0x09])), 'unknown type'],
    ['a double of four bytes', holding(raw([0x64, 0, 0, 0, 0])), 'wrong length'],
    [
      'a key that reaches for the prototype',
      holding({ ['__proto__']: {} }),
      'not allowed|no record',
    ],
  ])('is refused with %s', async (_, bytes, flaw) => {
    expect(await flawOf(bytes)).toMatch(new RegExp(flaw))
  })

  it('is refused with a bomb of pointers that doubles at every level', async () => {
    // Each map holds the one before it twice: 2^30 values out of some 600 bytes.
    const parts: number[][] = [mmdbBytes('x')]
    let before = 0
    let length = parts[0]?.length ?? 0
    for (let level = 0; level < 30; level++) {
      const map = [
        0xe2,
        ...mmdbBytes('a'),
        ...mmdbPointer(before),
        ...mmdbBytes('b'),
        ...mmdbPointer(before),
      ]
      parts.push(map)
      before = length
      length += map.length
    }
    const bomb = good({
      networks: [['1.0.0.0/8', raw(...parts)]],
      tamper: (nodes, data) => (nodes[0] = [data(before), data(before)]),
    })
    expect(await flawOf(bomb)).toMatch(/too deep|too many/)
  })

  it('is refused with a list so wide that one look-up would take milliseconds', async () => {
    expect(await flawOf(holding(Array.from({ length: 50_000 }, () => true)))).toContain('too many')
  })

  it('is refused with a bomb in its metadata', async () => {
    const nested = { raw: [0xe1, ...mmdbBytes('a'), ...mmdbPointer(0)] }
    const flaw = await flawOf(good({ metadata: { description: nested } }))
    expect(flaw).toMatch(/too deep|too many/)
  })
})

describe('a database that is whole but wrong', () => {
  it('is refused where it answers for addresses that nobody can have', async () => {
    const everything = good({
      networks: [
        ['0.0.0.0/1', { country: { iso_code: 'FR' } }],
        ['128.0.0.0/1', { country: { iso_code: 'FR' } }],
        ['8000::/1', { country: { iso_code: 'FR' } }],
      ],
    })
    expect(await flawOf(everything, COUNTRY_USE)).toContain('nobody can have')
  })

  it('is refused where its values have the wrong type', async () => {
    for (const record of [
      { country: { iso_code: 7 } },
      { country: { iso_code: ['FR'] } },
      { country: ['FR'] },
      { country_code: { iso_code: 'FR' } },
    ]) {
      expect(await flawOf(holding(record), COUNTRY_USE)).toMatch(/is no text|is no map/)
    }
    expect(await flawOf(asn({ autonomous_system_number: 'AS1' }), ASN_USE)).toContain(
      'no AS number',
    )
    expect(await flawOf(asn({ autonomous_system_number: 0.5 }), ASN_USE)).toContain('no AS number')
  })

  it('is refused where it says nothing of what it is for', async () => {
    expect(await flawOf(holding({ continent: { code: 'EU' } }), COUNTRY_USE)).toContain('no record')
    expect(await flawOf(good(), ASN_USE)).toContain('its type is "GeoLite2-Country"')
  })

  it('never says anything about an address written another way', async () => {
    const opened = await openMmdb(good(), COUNTRY_USE)
    if (!opened.ok) throw new Error(opened.flaw)
    expect(opened.database.lookup('1.2.3.4')).toEqual({ country: 'AU' })
    expect(opened.database.lookup('::102:304')).toBeUndefined()
    expect(opened.database.lookup('::1')).toBeUndefined()
  })
})

describe('a database with flipped bits', () => {
  const SEED = 20_260_422
  const ADDRESSES = ['1.2.3.4', '2a00::1', '9.9.9.9', '255.255.255.255', 'ffff::1', '0.0.0.0']

  const attack = async (original: Buffer, use: MmdbUse<object>, rounds: number) => {
    let state = SEED
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let refused = 0
    for (let round = 0; round < rounds; round++) {
      const bytes = Buffer.from(original)
      for (let flips = 1 + random(4); flips > 0; flips--) {
        const at = random(bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
      }
      const opened = await openMmdb(bytes, use)
      if (!opened.ok) {
        refused++
        continue
      }
      for (const address of ADDRESSES) {
        // Once a file is taken no look-up throws, and what it says has the right types.
        const record = opened.database.lookup(address)
        const label = `seed ${SEED} round ${round}`
        if (record === undefined) continue
        if ('country' in record) expect(record.country, label).toMatch(/^[A-Z]{2}$/)
        if ('asn' in record) expect(Number.isInteger(record.asn), label).toBe(true)
      }
    }
    return refused
  }

  it('is refused or harmless, a thousand times over', async () => {
    expect(await attack(good(), COUNTRY_USE, 1_000)).toBeGreaterThan(300)
  })

  it('is refused or harmless if it is a published one', async () => {
    for (const [name, use] of [
      ['GeoLite2-ASN-Test', ASN_USE],
      ['GeoIP2-City-Test', COUNTRY_USE],
    ] as const) {
      const file = sharedPath(`ip/mmdb-test/${name}.mmdb`)
      if (file !== undefined) expect(await attack(readFileSync(file), use, 150)).toBeGreaterThan(0)
    }
  })

  it('is refused at every length it can be cut to', async () => {
    const whole = good()
    for (let length = 0; length < whole.length; length += 7) {
      expect(await flawOf(whole.subarray(0, length), COUNTRY_USE), `${length} bytes`).not.toBe('')
    }
  })
})

describe('checking a database', () => {
  it('stops when it takes longer than it may', async () => {
    const networks = Array.from({ length: 3_000 }, (_, i): [string, MmdbTestValue] => [
      `1.${i >> 8}.${i & 255}.0/24`,
      { country: { iso_code: 'FR', n: i } },
    ])
    const opened = await openMmdb(good({ networks }), COUNTRY_USE, { capMs: 0 })
    expect(opened).toEqual({ ok: false, flaw: 'checking it takes too long' })
  })

  it('lets other work run in between', async () => {
    const networks = Array.from({ length: 20_000 }, (_, i): [string, MmdbTestValue] => [
      `1.${i >> 8}.${i & 255}.0/24`,
      { country: { iso_code: 'FR', n: i } },
    ])
    const bytes = good({ networks, recordSize: 32 })
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const opened = await openMmdb(bytes, COUNTRY_USE)
    clearInterval(counting)
    expect(opened.ok).toBe(true)
    expect(turns).toBeGreaterThan(0)
  })
})
