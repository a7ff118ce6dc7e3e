import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Facts } from '../../src/core/facts.ts'
import { formatProblem } from '../../src/core/problem.ts'
import {
  createAccountFile,
  type AccountFileOptions,
  type AccountFileSource,
  type AccountFileState,
} from '../../src/signals/account-file.ts'
import { ACCOUNT_FAILED, NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import { aCall } from '../support/a-call.ts'
import { accountTools } from '../support/an-account.ts'
import { until } from '../support/wait.ts'

let directory: string
let file: string
const opened: AccountFileSource[] = []

const open = async (changes: Partial<AccountFileOptions> = {}): Promise<AccountFileSource> => {
  const source = await createAccountFile({
    file,
    settleMs: 20,
    pollMs: 600_000,
    ...accountTools,
    ...changes,
  })
  opened.push(source)
  return source
}
const line = (id: string, plan = 'pro'): string =>
  `${JSON.stringify({ id, credentials: [`sk-${id}`], account: { plan } })}\n`
const planOf = (source: AccountFileSource, id: string): unknown =>
  source.lookup(id, 0)?.['account.plan']
const read = (source: AccountFileSource, secret: string): unknown =>
  source.read(
    aCall({ credential: { id: `id ${secret}`, secret, carrier: 'authorization' } }),
    new Facts(),
  )

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stillwatch-accounts-'))
  file = join(directory, 'accounts.jsonl')
})
afterEach(async () => {
  for (const source of opened.splice(0)) await source.close()
  await rm(directory, { recursive: true, force: true })
})

describe('an accounts file', () => {
  it('answers by credential, at once, and knows nobody else', async () => {
    await writeFile(file, line('a') + line('b'))
    const source = await open()
    expect(read(source, 'sk-a')).toMatchObject({ 'account.known': true, 'account.id': 'a' })
    expect(read(source, 'sk-b')).toMatchObject({ 'account.id': 'b' })
    expect(read(source, 'sk-c')).toBe(NO_ACCOUNT)
    expect(source.read(aCall({ credential: undefined }), new Facts())).toBe(NO_ACCOUNT)
    expect(source.lookup('c', 0)).toBeUndefined()
    expect(source.state()).toMatchObject({ accounts: 2, problems: [] })
  })

  it('may be packed and may lack the last line end', async () => {
    file = join(directory, 'accounts.jsonl.gz')
    await writeFile(file, gzipSync(line('a') + line('b').trimEnd()))
    expect((await open()).state()).toMatchObject({ accounts: 2, problems: [] })
  })

  it('adds the days seen since it was written', async () => {
    await writeFile(file, '{"id":"a","account":{"active_days":3}}')
    const source = await open({
      daysAfter: (id, afterMs) => (id === 'a' && afterMs > 1e12 ? 2 : 0),
    })
    expect(source.lookup('a', 0)?.['account.active_days']).toBe(5)
  })

  it('is read again when it is written over, renamed over, or put back after it was gone', async () => {
    await writeFile(file, line('a', 'one'))
    const source = await open()
    await writeFile(file, line('a', 'two'))
    await until('the new content', () => planOf(source, 'a') === 'two')
    for (const plan of ['three', 'four']) {
      await writeFile(`${file}.new`, line('a', plan))
      await rename(`${file}.new`, file)
      await until(plan, () => planOf(source, 'a') === plan)
    }
    await rm(file)
    await until('a problem', () => source.state().problems.length > 0)
    expect(planOf(source, 'a')).toBe('four')
    await writeFile(file, line('a', 'five'))
    await until('five', () => planOf(source, 'a') === 'five')
    expect(source.state().problems).toEqual([])
  })

  it('is followed through a symbolic link to a folder that is swapped, twice', async () => {
    for (const version of ['v1', 'v2', 'v3']) {
      await mkdir(join(directory, version))
      await writeFile(join(directory, version, 'accounts.jsonl'), line('a', version))
    }
    const data = join(directory, '..data')
    await symlink('v1', data)
    file = join(directory, 'linked.jsonl')
    await symlink('..data/accounts.jsonl', file)
    const source = await open({ pollMs: 50 })
    for (const version of ['v2', 'v3']) {
      await symlink(version, `${data}.new`)
      await rename(`${data}.new`, data)
      await until(version, () => planOf(source, 'a') === version)
    }
  })

  it('tells of every load once, and not of a touch', async () => {
    const told: AccountFileState[] = []
    await writeFile(file, line('a'))
    const source = await open({ onLoad: (state) => told.push(state) })
    await writeFile(file, line('a'))
    await writeFile(file, 'no')
    await until('the problem', () => source.state().problems.length > 0)
    await writeFile(file, line('a'))
    await until('good again', () => source.state().problems.length === 0)
    expect(told.map(({ accounts, problems }) => [accounts, problems.length])).toEqual([
      [1, 0],
      [1, 1],
      [1, 0],
    ])
  })
})

describe('an accounts file that goes bad', () => {
  it('keeps the last good content through garbage, a cut, an emptied file and its removal', async () => {
    const good = line('a') + line('b')
    await writeFile(file, good)
    const source = await open({ pollMs: 50 })
    const bad: readonly (readonly [string, () => Promise<void>])[] = [
      ['garbage', () => writeFile(file, Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80]))],
      ['a cut', () => truncate(file, 3)],
      ['an emptied file', () => truncate(file, 0)],
      ['a file of blanks', () => writeFile(file, '\n \n')],
      ['another key', () => writeFile(file, good + '{"id":"c","is_admin":true}')],
      ['a doubled id', () => writeFile(file, good + line('a'))],
      ['a folder', () => rm(file).then(() => mkdir(file))],
      ['removal', () => rm(file, { recursive: true })],
    ]
    for (const [label, spoil] of bad) {
      await spoil()
      await until(label, () => source.state().problems.length > 0)
      expect(read(source, 'sk-b'), label).toMatchObject({ 'account.id': 'b' })
      expect(source.state().accounts, label).toBe(2)
      await rm(file, { recursive: true, force: true })
      await writeFile(file, good)
      await until('good again', () => source.state().problems.length === 0)
    }
  })

  it('leaves every fact unknown while there never was a good one, and recovers', async () => {
    const source = await open()
    expect(read(source, 'sk-a')).toBe(ACCOUNT_FAILED)
    expect(source.state().problems.map(({ what }) => what)).toEqual([
      'the accounts file is missing',
    ])
    await writeFile(file, line('a'))
    await until('the first load', () => source.state().accounts === 1)
    expect(read(source, 'sk-a')).toMatchObject({ 'account.known': true })
  })

  it('reports all bad lines at once by line and column, the first ten in full', async () => {
    await writeFile(file, line('a') + '{"id":"b","x":1}\n'.repeat(120) + 'nonsense\n')
    const told: AccountFileState[] = []
    await open({ onLoad: (state) => told.push(state) })
    const [{ problems } = expect.fail()] = told
    expect(problems.length).toBe(11)
    expect(formatProblem(problems[0] ?? expect.fail())).toBe(
      `${file}:2:11: unknown key "x"; remove it or correct its spelling`,
    )
    expect(problems.at(-1)?.what).toBe('111 more problems')
  })

  it('reports a credential that two accounts claim, without quoting it', async () => {
    await writeFile(file, line('a') + '{"id":"b","credentials":["sk-a"]}\n')
    const { problems } = (await open()).state()
    expect(problems.map(formatProblem)).toEqual([
      `${file}:2:1: a credential of "b" already belongs to "a"; give each credential to one account, once`,
    ])
  })

  it('refuses a packed file that is cut or no gzip, and a line without end', async () => {
    const packed = gzipSync(line('a').repeat(1))
    file = join(directory, 'cut.gz')
    await writeFile(file, packed.subarray(0, packed.length - 6))
    expect((await open()).state().problems.length).toBe(1)
    file = join(directory, 'plain.gz')
    await writeFile(file, line('a'))
    expect((await open()).state().problems.length).toBe(1)
    file = join(directory, 'endless.jsonl')
    await writeFile(file, `{"id":"${'x'.repeat(3_000_000)}`)
    expect((await open()).state().problems.map(({ what }) => what)).toEqual([
      'the line is too long',
    ])
  })
})
