import { spawn } from 'node:child_process'
import { appendFile, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallEvent } from '../../src/core/event.ts'
import { Facts } from '../../src/core/facts.ts'
import { DAY_MS } from '../../src/core/time.ts'
import { createAccountDays } from '../../src/signals/account-days.ts'
import { NO_ACCOUNT } from '../../src/signals/account-findings.ts'
import {
  createAccountSeen,
  type AccountSeenOptions,
  type AccountSeenSource,
} from '../../src/signals/account-seen.ts'
import { aCall } from '../support/a-call.ts'
import { aServedEvent } from '../support/a-served-event.ts'
import { teach } from '../support/teach.ts'
import { until } from '../support/wait.ts'

const NOW_MS = Date.UTC(2026, 3, 22)
const FAST = { flushMs: 5 }

let directory: string
let file: string
const opened: AccountSeenSource[] = []

const open = async (changes: Partial<AccountSeenOptions> = {}): Promise<AccountSeenSource> => {
  const source = await createAccountSeen({ file, ...FAST, ...changes })
  opened.push(source)
  return source
}
const read = (source: AccountSeenSource, id = 'credential-hash', atMs = NOW_MS): unknown =>
  source.read(
    aCall({ atMs, credential: { id, secret: 'sk', carrier: 'authorization' } }),
    new Facts(),
  )
const text = (): Promise<string> => readFile(file, 'utf8').catch(() => '')

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stillwatch-seen-'))
  file = join(directory, 'accounts-seen.log')
})
afterEach(async () => {
  for (const source of opened.splice(0)) await source.close()
  await rm(directory, { recursive: true, force: true })
})

describe('a credential without an account source', () => {
  it('is an account from the first call that the upstream served', async () => {
    const source = await open()
    expect(read(source)).toBe(NO_ACCOUNT)
    teach(source, aServedEvent({ atMs: NOW_MS }))
    teach(source, aServedEvent({ atMs: NOW_MS + 3 * DAY_MS }))
    expect(read(source, 'credential-hash', NOW_MS + 3.5 * DAY_MS)).toEqual({
      'account.known': true,
      'account.id': 'credential-hash',
      'account.entity': 'credential-hash',
      'account.age_days': 3.5,
      'account.active_days': 2,
      'account.status': 'active',
      'account.verified': 'none',
    })
    expect(source.lookup('credential-hash', NOW_MS)).toMatchObject({ 'account.known': true })
  })

  it('stays unknown, and leaves no trace, for any other ending', async () => {
    const source = await open()
    const list = { ...aCall().route, operation: 'models.list', metering: 'request' as const }
    const changes: readonly Partial<CallEvent>[] = [
      { outcome: 'refused', upstreamStatus: undefined },
      { outcome: 'faulted' },
      { outcome: 'client_gone' },
      { upstreamStatus: 401, status: 401 },
      { upstreamStatus: 302 },
      { upstreamStatus: 500 },
      { call: undefined },
      { call: aCall({ credential: undefined }) },
      { call: aCall({ route: list }) },
    ]
    for (const change of changes) teach(source, aServedEvent({ changes: change }))
    expect(source.state().accounts).toBe(0)
    expect(await text()).toBe('')
  })

  it('is not vouched for by an upstream that saw another credential', async () => {
    const source = await open()
    teach(source, aServedEvent(), false)
    expect(read(source)).toBe(NO_ACCOUNT)
  })

  it('stays unknown once there are as many accounts as are kept', async () => {
    const source = await open({ maxAccounts: 100 })
    for (let n = 0; n < 5_000; n++) teach(source, aServedEvent({ credentialId: `c${n}` }))
    expect(source.state().accounts).toBe(100)
    expect(read(source, 'c99')).toMatchObject({ 'account.known': true })
    expect(read(source, 'c100')).toBe(NO_ACCOUNT)
    await until('the rows', async () => (await text()).trim().split('\n').length >= 100)
    expect((await text()).length).toBeLessThan(100 * 80)
  })
})

describe('the log of accounts seen', () => {
  it('brings everything back after a restart', async () => {
    const first = await open()
    for (let n = 0; n < 300; n++) {
      teach(first, aServedEvent({ credentialId: `c${n}`, atMs: NOW_MS + (n % 3) * DAY_MS }))
    }
    await first.close()
    const second = await open()
    expect(second.state()).toEqual({ accounts: 300, unkept: 0, failing: false })
    expect(read(second, 'c7')).toEqual(read(first, 'c7'))
  })

  it('loses at most a second to kill -9', async () => {
    const child = spawn(process.execPath, [
      join(import.meta.dirname, '../support/seen-child.ts'),
      file,
    ])
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => {
      told += chunk.toString()
    })
    await until(
      'a good many accounts',
      () => Number(told.trim().split('\n').at(-1)) > 2_000,
      25_000,
    )
    const gone = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    child.kill('SIGKILL')
    await gone
    const safe = Number(told.trim().split('\n').at(-1))
    const source = await open()
    expect(source.state().accounts).toBeGreaterThanOrEqual(safe)
    expect(read(source, `credential-${safe - 1}`)).toMatchObject({ 'account.known': true })
  })

  it('survives a tail that was cut at any byte, and rubbish anywhere', async () => {
    const first = await open()
    for (const id of ['aa', 'bb', 'cc']) teach(first, aServedEvent({ credentialId: id }))
    await first.close()
    const whole = await readFile(file)
    const rowEnd = whole.toString().trimEnd().length
    for (let cut = 0; cut <= whole.length - whole.indexOf('cc'); cut++) {
      const kept = whole.length - cut >= rowEnd ? 3 : 2
      await writeFile(file, whole)
      await truncate(file, whole.length - cut)
      const source = await createAccountSeen({ file, ...FAST })
      expect(source.state().accounts, `cut by ${cut}`).toBe(kept)
      teach(source, aServedEvent({ credentialId: 'dd' }))
      await source.close()
      const again = await createAccountSeen({ file, ...FAST })
      expect(again.state().accounts, `cut by ${cut}, written to`).toBe(kept + 1)
      await again.close()
    }
    await writeFile(file, Buffer.concat([Buffer.alloc(5_000, 0xff), Buffer.from('\n'), whole]))
    expect((await open()).state().accounts).toBe(3)
  })

  it('is written anew when it has grown far beyond its accounts', async () => {
    const source = await open()
    for (let day = 0; day < 12_000; day++) teach(source, aServedEvent({ atMs: day * DAY_MS }))
    await source.close()
    const row = (await text()).trim().split('\n').at(-1) ?? ''
    await writeFile(file, `${row}\n`.repeat(12_000))
    const second = await open()
    teach(second, aServedEvent({ atMs: NOW_MS + DAY_MS }))
    await until('a short file', async () => (await text()).length < 1_000)
    await second.close()
    expect((await open()).state().accounts).toBe(1)
  })

  it('goes on in memory while the disk is full, and is whole again afterwards', async () => {
    const first = await open()
    teach(first, aServedEvent({ credentialId: 'zero' }))
    await first.close()
    const source = await open()
    // Both the file and what is written to take its place end up on a device without room.
    await rm(file)
    await symlink('/dev/full', file)
    await symlink('/dev/full', `${file}.new`)
    teach(source, aServedEvent({ credentialId: 'one' }))
    await until('a failing disk', () => source.state().failing)
    teach(source, aServedEvent({ credentialId: 'two' }))
    expect(read(source, 'two')).toMatchObject({ 'account.known': true })
    await rm(`${file}.new`)
    await until('a disk that takes writes', () => !source.state().failing)
    await source.close()
    expect((await open()).state().accounts).toBe(3)
  })

  it('makes do without its folder until it is back', async () => {
    file = join(directory, 'gone', 'accounts-seen.log')
    const source = await open()
    teach(source, aServedEvent())
    await until('a failing disk', () => source.state().failing)
    expect(read(source)).toMatchObject({ 'account.known': true })
  })

  it('does not grow without end under a file of rubbish', async () => {
    await appendFile(file, 'x'.repeat(2_000_000))
    expect((await open()).state().accounts).toBe(0)
  })
})

describe('a process that only reads the file', () => {
  it('starts from what stands there, learns on in memory and never writes', async () => {
    const writer = await open()
    teach(writer, aServedEvent({ credentialId: 'one' }))
    await until('the first row', async () => (await text()).includes('one'))
    const before = await text()
    const readers = [await open({ readOnly: true }), await open({ readOnly: true })]
    for (const reader of readers) {
      expect(read(reader, 'one')).toMatchObject({ 'account.known': true })
      teach(reader, aServedEvent({ credentialId: 'two' }))
      expect(read(reader, 'two')).toMatchObject({ 'account.known': true })
      await reader.close()
    }
    expect(await text()).toBe(before)
    teach(writer, aServedEvent({ credentialId: 'three' }))
    await writer.close()
    const after = await open({ readOnly: true })
    expect(after.state().accounts).toBe(2)
  })

  it('makes do without a file, and with one that is cut in the middle of a row', async () => {
    const missing = await open({ readOnly: true })
    teach(missing, aServedEvent())
    await missing.close()
    expect(await text()).toBe('')
    await writeFile(file, 'cut in the mid')
    const cut = await open({ readOnly: true })
    teach(cut, aServedEvent())
    await cut.close()
    expect(await text()).toBe('cut in the mid')
  })
})

describe('days of use beside an account source', () => {
  it('are counted for served calls of known accounts, after a given day', async () => {
    const days = await createAccountDays({ file, ...FAST })
    const facts = { 'account.id': 'acct_1' }
    for (const day of [0, 1, 1, 5])
      teach(days, aServedEvent({ facts, atMs: NOW_MS + day * DAY_MS }))
    teach(days, aServedEvent({ facts, atMs: NOW_MS + 9 * DAY_MS, changes: { outcome: 'refused' } }))
    teach(days, aServedEvent({ atMs: NOW_MS + 9 * DAY_MS }))
    expect(days.daysAfter('acct_1', NOW_MS)).toBe(2)
    expect(days.daysAfter('acct_1', NOW_MS - DAY_MS)).toBe(3)
    expect(days.daysAfter('acct_2', 0)).toBe(0)
    await days.close()
    const again = await createAccountDays({ file, ...FAST })
    expect(again.daysAfter('acct_1', NOW_MS)).toBe(2)
    await again.close()
  })
})
