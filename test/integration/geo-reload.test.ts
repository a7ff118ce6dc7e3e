import {
  mkdir,
  mkdtemp,
  open as openFile,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UNKNOWN } from '../../src/core/facts.ts'
import type { Problem } from '../../src/core/problem.ts'
import { COUNTRY_USE, type CountryRecord } from '../../src/signals/geo-records.ts'
import { createGeoSource } from '../../src/signals/geo.ts'
import { createMmdbReader, type MmdbReader } from '../../src/signals/mmdb-reader.ts'
import { createNetworkLists, type NetworkLists } from '../../src/signals/network-lists.ts'
import { Facts } from '../../src/core/facts.ts'
import { aCall } from '../support/a-call.ts'
import { writeMmdb } from '../support/mmdb-writer.ts'
import { until } from '../support/wait.ts'

const ADDRESS = '198.51.100.7'
// So long between looks that only the watch can have noticed a change.
const watchingOptions = { settleMs: 20, lookEveryMs: 60_000 }

let folder = ''
let problems: Problem[] = []
let closing: { close(): Promise<void> }[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stillwatch-reload-'))
  problems = []
  closing = []
})
afterEach(async () => {
  await Promise.all(closing.map((one) => one.close()))
  await rm(folder, { recursive: true })
})

const database = (country: string): Buffer =>
  writeMmdb({
    type: 'GeoLite2-Country',
    networks: [['198.51.100.0/24', { country: { iso_code: country } }]],
  })

const watching = async (
  file: string,
  lookEveryMs = watchingOptions.lookEveryMs,
): Promise<MmdbReader<CountryRecord>> => {
  const reader = await createMmdbReader({
    file,
    use: COUNTRY_USE,
    watching: { ...watchingOptions, lookEveryMs },
    onProblem: (problem) => problems.push(problem),
  })
  closing.push(reader)
  return reader
}
const countryIn = (reader: MmdbReader<CountryRecord>): string | undefined => {
  const record = reader.find(ADDRESS)
  return 'country' in record ? record.country : record.why
}
const becomes = (reader: MmdbReader<CountryRecord>, country: string) =>
  until(`country ${country}`, () => countryIn(reader) === country)

describe('a database whose file changes', () => {
  it('is replaced by a rename, and again, and again', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    for (const country of ['DE', 'IT', 'ES']) {
      await writeFile(`${file}.new`, database(country))
      await rename(`${file}.new`, file)
      await becomes(reader, country)
    }
    expect(problems).toEqual([])
  })

  it('is replaced behind a symbolic link that turns to another folder', async () => {
    for (const [name, country] of [
      ['one', 'FR'],
      ['two', 'DE'],
      ['three', 'IT'],
    ] as const) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'country.mmdb'), database(country))
    }
    const turnTo = async (name: string): Promise<void> => {
      await symlink(name, join(folder, 'new'))
      await rename(join(folder, 'new'), join(folder, 'data'))
    }
    await turnTo('one')
    await symlink('data/country.mmdb', join(folder, 'country.mmdb'))
    const reader = await watching(join(folder, 'country.mmdb'), 50)
    await turnTo('two')
    await becomes(reader, 'DE')
    await turnTo('three')
    await becomes(reader, 'IT')
  })

  it('comes into use when it appears after the start', async () => {
    const file = join(folder, 'country.mmdb')
    const reader = await watching(file)
    expect(reader.find(ADDRESS)).toBe(UNKNOWN.failed)
    await writeFile(file, database('FR'))
    await becomes(reader, 'FR')
    expect(reader.status()).toMatchObject({ loaded: true, problem: undefined })
  })

  it('stays in use while the file is corrupt, cut short or gone', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    const reported = (text: string) =>
      until(`a report of ${text}`, () => problems.some(({ what }) => what.includes(text)))

    await writeFile(file, 'rubbish')
    await reported('it is no MaxMind DB file')
    expect(countryIn(reader)).toBe('FR')
    expect(problems.at(-1)?.what).toContain('the last good one stays in use')

    await writeFile(file, database('DE').subarray(0, 700))
    await unlink(file)
    await reported('cannot be read')
    expect(countryIn(reader)).toBe('FR')
    expect(reader.status()).toMatchObject({ loaded: true })
    expect(reader.status().problem).toBeDefined()

    await writeFile(file, database('FR'))
    await until('the problem to be over', () => reader.status().problem === undefined)
  })

  it('is not taken while it is still being written', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    const next = database('DE')
    const handle = await openFile(file, 'w')
    for (let at = 0; at < next.length; at += 50) await handle.write(next.subarray(at, at + 50))
    await handle.close()
    await becomes(reader, 'DE')
  })

  it('is not taken anew for a new date alone', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    const { revision } = reader
    await writeFile(file, database('FR'))
    await writeFile(`${file}.other`, database('DE'))
    await rename(`${file}.other`, file)
    await becomes(reader, 'DE')
    expect(reader.revision).toBe(revision + 1)
  })

  it('gives calls the new answer although the old one was remembered', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    const source = createGeoSource({ country: reader })
    const call = aCall({ caller: { address: ADDRESS, network: '198.51.100.0/24' } })
    const look = () => {
      const findings = source.read(call, new Facts())
      return findings instanceof Promise ? undefined : findings['ip.country']
    }
    expect(look()).toBe('FR')
    await writeFile(file, database('DE'))
    await until('the new country', () => look() === 'DE')
  })

  it('is let go on closing', async () => {
    const file = join(folder, 'country.mmdb')
    await writeFile(file, database('FR'))
    const reader = await watching(file)
    await reader.close()
    await writeFile(file, database('DE'))
    const control = await watching(file)
    await becomes(control, 'DE')
    expect(countryIn(reader)).toBe('FR')
  })
})

const watchingList = async (file: string): Promise<NetworkLists> => {
  const lists = await createNetworkLists({
    lists: [{ file, kind: 'vpn' }],
    hasAsnDatabase: false,
    watching: watchingOptions,
    onProblem: (problem) => problems.push(problem),
  })
  closing.push(lists)
  return lists
}
const kindOf = (lists: NetworkLists, address: string): string | undefined =>
  lists.match(address, UNKNOWN.absent).kind

describe('a list whose file changes', () => {
  it('is replaced, and keeps its entries while the new file is no list', async () => {
    const file = join(folder, 'vpn.txt')
    await writeFile(file, '198.51.100.0/24\n')
    const lists = await watchingList(file)
    expect(kindOf(lists, '198.51.100.7')).toBe('vpn')

    await writeFile(file, '203.0.113.0/24\n')
    await until('the new list', () => kindOf(lists, '203.0.113.7') === 'vpn')
    expect(kindOf(lists, '198.51.100.7')).toBeUndefined()

    await writeFile(file, '<html>\n<title>404</title>\n')
    await until('a report', () => problems.length > 0)
    expect(kindOf(lists, '203.0.113.7')).toBe('vpn')
    expect(problems.map(({ line }) => line)).toEqual([1, 2, 1])
    expect(problems.at(-1)?.what).toContain('the last good list stays in use')

    await writeFile(file, '# nobody any more\n')
    await until('an empty list', () => kindOf(lists, '203.0.113.7') === undefined)
    expect(lists.status()[0]).toMatchObject({ loaded: true, entries: 0, problems: [] })
  })

  it('is unsure about everything until its file is there', async () => {
    const file = join(folder, 'vpn.txt')
    const lists = await watchingList(file)
    const before = lists.match('198.51.100.7', UNKNOWN.absent)
    expect(before).toMatchObject({ kind: undefined, unsure: true, unsureOfAnonymity: true })
    await writeFile(file, '198.51.100.0/24\n')
    await until('the list', () => kindOf(lists, '198.51.100.7') === 'vpn')
    expect(lists.match('203.0.113.7', UNKNOWN.absent).unsure).toBe(false)
  })
})
