import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts, UNKNOWN, type FactName } from '../../src/core/facts.ts'
import { networkOf } from '../../src/core/ip.ts'
import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import type { Problem } from '../../src/core/problem.ts'
import { createGather } from '../../src/signals/gather.ts'
import {
  ANONYMOUS_USE,
  ASN_USE,
  COUNTRY_USE,
  RESIDENTIAL_PROXY_USE,
} from '../../src/signals/geo-records.ts'
import { SAMPLE_COUNTRY_NOTICE, sampleCountryDatabasePath } from '../../src/signals/geo-sample.ts'
import { createGeoSource, type GeoSourceOptions } from '../../src/signals/geo.ts'
import type { MmdbUse } from '../../src/signals/mmdb-open.ts'
import { createMmdbReader, type MmdbReader } from '../../src/signals/mmdb-reader.ts'
import { createNetworkLists, type NetworkLists } from '../../src/signals/network-lists.ts'
import { aCall } from '../support/a-call.ts'
import { writeMmdb } from '../support/mmdb-writer.ts'
import { sharedPath } from '../support/shared-data.ts'

let folder = ''
let problems: Problem[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stillwatch-geo-'))
  problems = []
})
afterEach(() => rm(folder, { recursive: true }))

const open = <T extends object>(file: string, use: MmdbUse<T>): Promise<MmdbReader<T>> =>
  createMmdbReader({
    file,
    use,
    watching: { watch: false },
    onProblem: (problem) => problems.push(problem),
  })

const written = async (name: string, content: Buffer | string): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, content)
  return file
}

const countryFile = () =>
  written(
    'country.mmdb',
    writeMmdb({
      type: 'GeoLite2-Country',
      recordSize: 28,
      networks: [
        ['1.0.0.0/8', { country: { iso_code: 'AU' }, registered_country: { iso_code: 'NZ' } }],
        ['2.0.0.0/8', { registered_country: { iso_code: 'FR' } }],
        ['3.0.0.0/8', { continent: { code: 'EU' } }],
        ['2a00:1450::/32', { country: { iso_code: 'IE' } }],
      ],
    }),
  )
const asnFile = () =>
  written(
    'asn.mmdb',
    writeMmdb({
      type: 'GeoLite2-ASN',
      recordSize: 32,
      networks: [
        [
          '1.0.0.0/8',
          { autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' },
        ],
        ['2.0.0.0/8', { autonomous_system_number: 64_501 }],
      ],
    }),
  )
const anonymousFile = () =>
  written(
    'anonymous.mmdb',
    writeMmdb({
      type: 'GeoIP2-Anonymous-IP',
      networks: [
        ['5.0.0.0/16', { is_anonymous: true, is_anonymous_vpn: true, provider_name: 'Tunnel Inc' }],
        ['5.1.0.0/16', { is_anonymous: true, is_hosting_provider: true }],
        ['5.2.0.0/16', { is_anonymous: true, is_anonymous_vpn: true, is_tor_exit_node: true }],
        ['5.3.0.0/16', { is_anonymous: true }],
        ['5.4.0.0/16', { is_anonymous: true, is_public_proxy: true }],
      ],
    }),
  )

const lists = async (
  hasAsnDatabase: boolean,
  ...contents: [kind: Parameters<typeof createNetworkLists>[0]['lists'][number]['kind'], string][]
): Promise<NetworkLists> => {
  const files = await Promise.all(
    contents.map(async ([kind, text], i) => ({ kind, file: await written(`list-${i}`, text) })),
  )
  return createNetworkLists({
    lists: files,
    hasAsnDatabase,
    watching: { watch: false },
    onProblem: (problem) => problems.push(problem),
  })
}

const stackHash = createKeyedHash(new Uint8Array(32), 'client stack')
const lookingUp = (options: GeoSourceOptions) => {
  const gather = createGather({ sources: [createGeoSource(options)], stackHash })
  return (address: string, ...names: FactName[]): unknown[] => {
    const facts = gather(aCall({ caller: { address, network: networkOf(address) } }))
    if (!(facts instanceof Facts)) throw new Error('geo must answer at once')
    return names.map((name) => facts.get(name))
  }
}

describe('country and ASN of an address', () => {
  it('come from the databases, for both families', async () => {
    const country = await open(await countryFile(), COUNTRY_USE)
    const asn = await open(await asnFile(), ASN_USE)
    const look = lookingUp({ country, asn })
    const names = ['ip.country', 'ip.asn', 'ip.as_name'] as const
    expect(look('1.2.3.4', ...names)).toEqual(['AU', 64_500, 'Example Net'])
    expect(look('2.2.3.4', ...names)).toEqual(['FR', 64_501, UNKNOWN.absent])
    expect(look('3.2.3.4', ...names)).toEqual([UNKNOWN.absent, UNKNOWN.absent, UNKNOWN.absent])
    expect(look('9.9.9.9', ...names)).toEqual([UNKNOWN.absent, UNKNOWN.absent, UNKNOWN.absent])
    expect(look('2a00:1450:4001::1', 'ip.country')).toEqual(['IE'])
    expect(look('1.2.3.4', 'ip.kind', 'ip.anonymous')).toEqual([
      UNKNOWN.no_source,
      UNKNOWN.no_source,
    ])
    expect(problems).toEqual([])
  })

  it('are the same when asked again', async () => {
    const look = lookingUp({ country: await open(await countryFile(), COUNTRY_USE) })
    expect(look('1.2.3.4', 'ip.country')).toEqual(look('1.2.3.4', 'ip.country'))
  })

  it('are unknown, not wrong, for an IPv6 address in a database of IPv4 addresses', async () => {
    const file = await written(
      'v4.mmdb',
      writeMmdb({
        type: 'country ipv4',
        ipVersion: 4,
        networks: [
          ['32.0.0.0/8', { country_code: 'US' }],
          ['0.0.0.0/5', { country_code: 'DE' }],
        ],
      }),
    )
    const look = lookingUp({ country: await open(file, COUNTRY_USE) })
    expect(look('32.1.2.3', 'ip.country')).toEqual(['US'])
    // 2001:… starts with the byte 32, which is how a decoder that does not look gets its answer.
    expect(look('2001:db8::1', 'ip.country')).toEqual([UNKNOWN.absent])
    expect(look('::1', 'ip.country')).toEqual([UNKNOWN.absent])
  })

  it('are unknown without a good file, and the report says so', async () => {
    const missing = await open(join(folder, 'nowhere.mmdb'), COUNTRY_USE)
    const corrupt = await open(await written('asn.mmdb', 'not a database'), ASN_USE)
    const look = lookingUp({ country: missing, asn: corrupt })
    expect(look('1.2.3.4', 'ip.country', 'ip.asn')).toEqual([UNKNOWN.failed, UNKNOWN.failed])
    expect(problems.map(({ file }) => file)).toEqual([
      join(folder, 'nowhere.mmdb'),
      join(folder, 'asn.mmdb'),
    ])
    expect(problems[0]?.what).toContain('nothing is known from it')
    expect(missing.status()).toMatchObject({ loaded: false, builtAtMs: undefined })
  })

  it('stop the start where the file is required', async () => {
    const file = join(folder, 'nowhere.mmdb')
    const required = createMmdbReader({
      file,
      use: COUNTRY_USE,
      required: true,
      watching: { watch: false },
      onProblem: () => {},
    })
    await expect(required).rejects.toThrow('is required')
  })

  it('are not read from a database of another sort', async () => {
    await open(await asnFile(), COUNTRY_USE)
    await open(await countryFile(), ANONYMOUS_USE)
    expect(problems.map(({ what }) => what)).toEqual([
      expect.stringContaining('its type is "GeoLite2-ASN"'),
      expect.stringContaining('its type is "GeoLite2-Country"'),
    ])
  })
})

describe('the kind of an address', () => {
  const names = ['ip.kind', 'ip.anonymous', 'ip.provider'] as const

  it('comes from a database of anonymisers, hosting being no anonymity', async () => {
    const look = lookingUp({ anonymous: await open(await anonymousFile(), ANONYMOUS_USE) })
    expect(look('5.0.0.1', ...names)).toEqual(['vpn', true, 'Tunnel Inc'])
    expect(look('5.1.0.1', ...names)).toEqual(['hosting', false, UNKNOWN.absent])
    expect(look('5.2.0.1', ...names)).toEqual(['tor', true, UNKNOWN.absent])
    expect(look('5.3.0.1', ...names)).toEqual(['unknown', true, UNKNOWN.absent])
    expect(look('5.4.0.1', ...names)).toEqual(['proxy', true, UNKNOWN.absent])
    expect(look('9.9.9.9', ...names)).toEqual(['unknown', false, UNKNOWN.absent])
  })

  it('is the first in the order of kinds where several name it', async () => {
    const look = lookingUp({
      anonymous: await open(await anonymousFile(), ANONYMOUS_USE),
      lists: await lists(
        false,
        ['hosting', '5.0.0.0/16\n7.0.0.0/16'],
        ['residential_proxy', '7.0.0.7'],
        ['relay', '6.0.0.0/16\n5.3.0.0/16'],
        ['vpn', '6.0.0.0/16\n8.0.0.0/16'],
      ),
    })
    expect(look('5.0.0.1', ...names)).toEqual(['vpn', true, 'Tunnel Inc'])
    expect(look('7.0.0.7', ...names)).toEqual(['residential_proxy', true, UNKNOWN.absent])
    expect(look('7.0.0.8', ...names)).toEqual(['hosting', false, UNKNOWN.absent])
    expect(look('8.0.0.1', ...names)).toEqual(['vpn', true, UNKNOWN.absent])
    expect(look('6.0.0.1', ...names)).toEqual(['relay', false, UNKNOWN.absent])
    expect(look('5.3.0.1', ...names)).toEqual(['relay', false, UNKNOWN.absent])
  })

  it('says nothing of anonymity where nothing could say yes', async () => {
    const look = lookingUp({ lists: await lists(false, ['hosting', '5.0.0.0/16']) })
    expect(look('5.0.0.1', ...names)).toEqual(['hosting', UNKNOWN.no_source, UNKNOWN.absent])
    expect(look('9.9.9.9', ...names)).toEqual(['unknown', UNKNOWN.no_source, UNKNOWN.absent])
  })

  it('is no source at all with an empty set of lists', async () => {
    const look = lookingUp({ lists: await lists(false) })
    expect(look('5.0.0.1', 'ip.kind')).toEqual([UNKNOWN.no_source])
  })

  it('matches AS entries by the ASN database', async () => {
    const look = lookingUp({
      asn: await open(await asnFile(), ASN_USE),
      lists: await lists(true, ['vpn', 'AS64500']),
    })
    expect(look('1.2.3.4', ...names)).toEqual(['vpn', true, UNKNOWN.absent])
    expect(look('2.2.3.4', ...names)).toEqual(['unknown', false, UNKNOWN.absent])
    expect(look('9.9.9.9', ...names)).toEqual(['unknown', false, UNKNOWN.absent])
  })

  it('is unknown, not harmless, while a list or database cannot be asked', async () => {
    const broken = await written('broken', '<html>')
    const look = lookingUp({
      lists: await createNetworkLists({
        lists: [
          { file: broken, kind: 'tor' },
          { file: await written('hosting', '5.0.0.0/16'), kind: 'hosting' },
        ],
        hasAsnDatabase: false,
        watching: { watch: false },
        onProblem: (problem) => problems.push(problem),
      }),
    })
    expect(look('9.9.9.9', ...names)).toEqual([UNKNOWN.failed, UNKNOWN.failed, UNKNOWN.failed])
    // What is named stays named; that it is not anonymous nobody can tell.
    expect(look('5.0.0.1', 'ip.kind', 'ip.anonymous')).toEqual(['hosting', UNKNOWN.failed])
    expect(problems.at(-1)?.what).toContain('the list is not in use')
  })

  it('reports AS entries that nothing can match and does not count them as no match', async () => {
    const look = lookingUp({ lists: await lists(false, ['vpn', 'AS64500\n5.0.0.0/16']) })
    expect(problems[0]?.instead).toContain('geoip.asn')
    expect(look('5.0.0.1', ...names)).toEqual(['vpn', true, UNKNOWN.absent])
    expect(look('9.9.9.9', 'ip.kind', 'ip.anonymous')).toEqual([UNKNOWN.failed, UNKNOWN.failed])
  })

  it('names the provider a list is of', async () => {
    const file = await written('tunnel', '5.9.0.0/16')
    const look = lookingUp({
      lists: await createNetworkLists({
        lists: [{ file, kind: 'vpn', provider: 'Tunnel Inc' }],
        hasAsnDatabase: false,
        watching: { watch: false },
        onProblem: (problem) => problems.push(problem),
      }),
    })
    expect(look('5.9.0.1', ...names)).toEqual(['vpn', true, 'Tunnel Inc'])
  })
})

describe('databases as they are published', () => {
  const published: [file: string, use: MmdbUse<object>, address: string, record: object][] = [
    ['GeoLite2-Country-Test', COUNTRY_USE, '2001:218::1', { country: 'JP' }],
    ['GeoIP2-Country-Test', COUNTRY_USE, '2001:220::1', { country: 'KR' }],
    ['GeoIP2-City-Test', COUNTRY_USE, '81.2.69.142', { country: 'GB' }],
    ['GeoLite2-City-Test', COUNTRY_USE, '81.2.69.142', { country: 'GB' }],
    ['GeoIP2-Enterprise-Test', COUNTRY_USE, '74.209.24.0', { country: 'US' }],
    ['GeoLite2-ASN-Test', ASN_USE, '1.128.0.1', { asn: 1221, asName: 'Telstra Pty Ltd' }],
    ['GeoIP2-ISP-Test', ASN_USE, '1.128.0.1', { asn: 1221, asName: 'Telstra Pty Ltd' }],
    ['GeoIP2-Anonymous-IP-Test', ANONYMOUS_USE, '65.0.0.1', { kind: 'tor', anonymous: true }],
    ['GeoIP2-Anonymous-IP-Test', ANONYMOUS_USE, '6.1.0.4', { kind: 'residential_proxy' }],
    ['GeoIP2-Anonymous-IP-Test', ANONYMOUS_USE, '71.160.223.1', { kind: 'hosting' }],
    ['GeoIP-Anonymous-Plus-Test', ANONYMOUS_USE, '1.2.0.1', { kind: 'vpn', provider: 'foo' }],
    ['GeoIP-Residential-Proxy-Test', RESIDENTIAL_PROXY_USE, '6.0.42.17', { provider: 'novada' }],
  ]

  it('are read', async () => {
    for (const [name, use, address, record] of published) {
      const file = sharedPath(`ip/mmdb-test/${name}.mmdb`)
      if (file === undefined) continue
      const reader = await open(file, use)
      expect(reader.find(address), `${name} ${address}`).toMatchObject(record)
    }
    expect(problems).toEqual([])
  })
})

describe('the packaged sample', () => {
  it('knows countries of both families and none of what nobody has', async () => {
    const file = sampleCountryDatabasePath()
    if (file === undefined) throw new Error('the package is not installed')
    const country = await open(file, COUNTRY_USE)
    const look = lookingUp({ country })
    expect(look('8.8.8.8', 'ip.country')).toEqual(['US'])
    expect(look('2606:4700::1', 'ip.country')).toEqual(['US'])
    expect(look('127.0.0.1', 'ip.country')).toEqual([UNKNOWN.absent])
    expect(country.status().builtAtMs).toBeGreaterThan(Date.UTC(2026, 0))
    expect(SAMPLE_COUNTRY_NOTICE).toMatch(/CC0.*NRO.*contains errors.*geoip\.country/)
    expect(SAMPLE_COUNTRY_NOTICE).not.toContain('\n')
  })
})
