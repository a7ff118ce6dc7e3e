import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { EMPTY_SWITCH_SET, switchSetText } from '../../src/core/switches.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { createOwnSwitches } from '../../src/policy/own-switches.ts'
import { readSwitchFile, writeSwitchFile } from '../../src/app-switch-file.ts'
import { aSwitch } from '../support/some-switches.ts'
import { openReplica } from '../support/switch-replica.ts'
import { tempDir } from '../support/temp-dir.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { until } from '../support/wait.ts'

const CHILD = new URL('../support/switches-child.ts', import.meta.url).pathname

it('loses no change that was confirmed when it is killed, five times in a row', async () => {
  const file = join(tempDir(), 'switches')
  let last = 0
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    await until('many changes', () => printed.length > 30 * 20, 25_000)
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    const versions = printed.split('\n').slice(0, -1)
    for (const line of versions) expect(line).toBe(`changed ${++last}`)
    const { set, damaged } = readSwitchFile(file)
    expect(damaged).toEqual([])
    // Besides what it printed, the one it was about to print.
    expect([last, last + 1]).toContain(set?.version)
    last = set?.version ?? 0
  }
})

it('takes the last good one where either file is damaged, and says which', () => {
  const file = join(tempDir(), 'switches')
  const set = { version: 3, entries: [aSwitch({ version: 3 })] }
  writeSwitchFile(file, set)
  const whole = readFileSync(file)
  const bent = [
    Buffer.alloc(0),
    whole.subarray(0, whole.length - 1),
    whole.subarray(0, 20),
    Buffer.from(whole.toString().replace('off', 'shadow')),
    Buffer.alloc(whole.length),
    Buffer.concat([whole, whole]),
    Buffer.from(`${switchSetText(set)}\n`),
  ]
  for (const place of [file, `${file}.copy`]) {
    for (const bytes of bent) {
      writeFileSync(place, bytes)
      expect(readSwitchFile(file)).toEqual({ set, damaged: [place] })
    }
    rmSync(place)
    expect(readSwitchFile(file)).toEqual({ set, damaged: [] })
    mkdirSync(place)
    expect(readSwitchFile(file)).toEqual({ set, damaged: [place] })
    rmSync(place, { recursive: true })
    writeFileSync(place, whole)
  }
})

it('takes the newer of two that are sound, and none where there is none', () => {
  const file = join(tempDir(), 'switches')
  expect(readSwitchFile(file)).toEqual({ set: undefined, damaged: [] })
  writeSwitchFile(file, { version: 1, entries: [] })
  const older = readFileSync(file)
  writeSwitchFile(file, { version: 2, entries: [] })
  writeFileSync(file, older)
  expect(readSwitchFile(file).set?.version).toBe(2)
})

it('changes nothing while the disk is full, and goes on when it is not', async () => {
  const disk = tinyDisk(64)
  mkdirSync(disk.dir, { recursive: true })
  const file = join(disk.dir, 'switches')
  const failures: (string | undefined)[] = []
  const onWritten = (code: string | undefined): void => void failures.push(code)
  const board = createOwnSwitches({
    start: EMPTY_SWITCH_SET,
    write: (set) => writeSwitchFile(file, set),
    onWritten,
  })
  await board.change(0, [aSwitch()])
  disk.fill()
  const many = Array.from({ length: 50 }, (_, at) =>
    aSwitch({ id: `r-${at}`, version: 2, why: 'x'.repeat(400) }),
  )
  await expect(board.change(1, many)).rejects.toBeInstanceOf(LedgerFailure)
  expect(await board.read()).toMatchObject({ version: 1 })
  expect(readSwitchFile(file)).toMatchObject({ set: { version: 1 }, damaged: [] })
  disk.empty()
  expect(await board.change(1, many)).toMatchObject({ kind: 'changed' })
  expect(failures).toEqual([undefined, 'ENOSPC', undefined])
  expect(readSwitchFile(file).set?.version).toBe(2)
})

it('a guard whose files of switches are both damaged says so, and is as the files of the policy say', async () => {
  const folder = tempDir()
  const before = await openReplica({ folder })
  await before.set({ id: 'r-1' })
  await before.close()
  const file = join(folder, 'switches')
  writeFileSync(file, 'junk')
  const second = await openReplica({ folder })
  expect([second.modes(), second.degraded()]).toEqual([{ 'r-1': 'off' }, []])
  expect(second.said.join()).toContain('the last good one is in force')
  await second.close()
  // It was written anew.
  expect(readSwitchFile(file)).toMatchObject({ set: { version: 1 }, damaged: [] })

  writeFileSync(file, 'junk')
  writeFileSync(`${file}.copy`, 'junk')
  const third = await openReplica({ folder })
  expect([third.modes(), third.degraded()]).toEqual([{}, ['switches']])
  expect(third.said.join()).toContain('switches could not be read')
  await third.set({ id: 'r-2' })
  expect(third.degraded()).toEqual([])
  await third.close()
  expect(existsSync(`${file}.new`)).toBe(false)
})

it('a guard counts its switches by state, and logs each change without its reason', async () => {
  const replica = await openReplica({ folder: tempDir() })
  await replica.set({ id: 'r-1', why: 'a customer named Ada' })
  await replica.set({ id: 'r-2', untilMs: Date.now() + 60_000 })
  await replica.set({ id: 'gone' })
  const text = await replica.registry.metrics()
  expect(text.match(/^stillwatch_switches\{.*$/gm)).toEqual([
    'stillwatch_switches{state="set"} 1',
    'stillwatch_switches{state="timed"} 1',
    'stillwatch_switches{state="unmatched"} 1',
  ])
  expect(replica.said.filter((line) => line.includes('"msg":"switch set"'))).toHaveLength(3)
  expect(replica.said.join()).not.toContain('Ada')
  await replica.close()
})
