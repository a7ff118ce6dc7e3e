import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createClearanceTable } from '../../src/challenges/clearance-table.ts'
import { openOwnLedger, type OwnLedgerProblem } from '../../src/challenges/own-ledger.ts'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { aClearance } from '../support/a-clearance.ts'
import { createFakeClock } from '../support/clock.ts'
import { tempDir } from '../support/temp-dir.ts'
import { tinyDisk } from '../support/tiny-disk.ts'
import { until } from '../support/wait.ts'

const CHILD = new URL('../support/clearances-child.ts', import.meta.url).pathname
const HOUR_MS = 3_600_000

const open = (file: string, clock = createFakeClock(Date.now())) => {
  const problems: OwnLedgerProblem[] = []
  const table = createClearanceTable()
  const ledger = openOwnLedger({
    file,
    table,
    clock,
    onProblem: (problem) => problems.push(problem),
  })
  const soon = (): number => clock.now() + HOUR_MS
  return { ledger, table, problems, clock, soon }
}

it('loses nothing it has said claimed to when it is killed, three times in a row', async () => {
  const file = join(tempDir(), 'clearances')
  const ids = new Set<string>()
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    await until('many claims', () => printed.length > 30 * 1_500 * (round + 1), 25_000)
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    const lines = printed.split('\n').slice(0, -1)
    for (const line of lines) {
      const [outcome = '', id = ''] = line.split(' ')
      expect(outcome).toBe('claimed')
      ids.add(id)
    }
    const { table, ledger, clock, problems } = open(file)
    const missing = [...ids].filter((id) => table.get(id, clock.now()) === undefined)
    expect(missing).toEqual([])
    // Besides what it printed, the one it was about to print.
    expect(table.size(clock.now())).toBeLessThanOrEqual(ids.size + round + 1)
    expect(problems).toEqual([])
    ledger.close()
  }
})

it('takes a line without its end for what a crash leaves, and goes on after it', async () => {
  const file = join(tempDir(), 'clearances')
  const first = open(file)
  const [kept, torn] = [aClearance(), aClearance()]
  await first.ledger.claim(kept, first.soon())
  const before = readFileSync(file)
  await first.ledger.claim(torn, first.soon())
  first.ledger.close()
  const whole = readFileSync(file)
  for (let cut = before.length; cut < whole.length; cut++) {
    writeFileSync(file, whole.subarray(0, cut))
    const { ledger, problems, soon } = open(file)
    expect(problems).toEqual([])
    expect(await ledger.of(kept.subject)).toEqual([kept])
    expect(await ledger.claim(torn, soon())).toBe('claimed')
    ledger.close()
    const again = open(file)
    expect(await again.ledger.claim(torn, again.soon())).toBe('spent')
    expect(again.problems).toEqual([])
    again.ledger.close()
  }
})

it('counts lines that were bent, tells of them, and keeps all others', async () => {
  const file = join(tempDir(), 'clearances')
  const first = open(file)
  const clearances = Array.from({ length: 5 }, () => aClearance())
  for (const clearance of clearances) await first.ledger.claim(clearance, first.soon())
  first.ledger.close()
  const lines = readFileSync(file, 'utf8').split('\n')
  lines[1] = (lines[1] ?? '').replace('acct_1', 'acct_2')
  lines[3] = '\u0000'.repeat(50)
  writeFileSync(file, lines.join('\n'))
  const { ledger, problems, table, clock } = open(file)
  expect(problems).toEqual([{ kind: 'clearances_damaged', corruptLines: 2 }])
  const left = new Set(table.inForce(clock.now()).map(({ id }) => id))
  expect(left).toEqual(new Set([0, 2, 4].map((at) => clearances[at]?.id)))
  ledger.close()
  expect(open(file).problems).toEqual([])
})

it('drops what has run out from the file at the start, and when the file has grown', async () => {
  const file = join(tempDir(), 'clearances')
  const clock = createFakeClock()
  const { ledger, table } = open(file, clock)
  const subjectOf = (at: number): string => `a:account_${at % 1_000}`
  for (let at = 0; at < 12_000; at++) {
    const expiresMs = clock.now() + HOUR_MS
    const one = aClearance({ subject: subjectOf(at), atMs: clock.now(), expiresMs })
    expect(await ledger.claim(one, expiresMs)).toBe('claimed')
    if (at % 1_000 === 999) clock.advance(HOUR_MS / 2)
  }
  expect(table.size(clock.now())).toBe(1_000)
  expect(statSync(file).size).toBeLessThan(1_100_000)
  const grown = ledger.stats().bytes
  expect(grown).toBe(statSync(file).size)
  ledger.close()
  clock.advance(HOUR_MS / 4)
  const again = open(file, clock)
  expect(again.table.size(clock.now())).toBe(1_000)
  expect(statSync(file).size).toBeLessThan(grown / 2)
  again.ledger.close()
  clock.advance(HOUR_MS)
  open(file, clock)
  expect(statSync(file).size).toBeLessThan(2)
})

it('grants nothing while the disk is full, says so once, and grants again when it is not', async () => {
  const disk = tinyDisk(64)
  mkdirSync(disk.dir, { recursive: true })
  const file = join(disk.dir, 'clearances')
  const { ledger, problems, soon, table, clock } = open(file)
  const kept = aClearance()
  expect(await ledger.claim(kept, soon())).toBe('claimed')
  disk.fill()
  const refused: unknown[] = []
  const tried = Array.from({ length: 150 }, (_, at) => aClearance({ subject: `a:full_${at}` }))
  for (const one of tried) {
    await ledger.claim(one, soon()).catch((error: unknown) => refused.push(error))
  }
  // What was left of the page that the file is in takes some.
  expect(refused.length).toBeGreaterThan(50)
  for (const error of refused) expect(error).toBeInstanceOf(LedgerFailure)
  const [problem, ...others] = problems
  expect(problem?.kind).toBe('clearances_failing')
  expect(others).toEqual([])
  expect(ledger.stats().failures).toBe(refused.length)
  expect(table.size(clock.now())).toBe(1 + tried.length - refused.length)
  expect(await ledger.claim(kept, soon())).toBe('spent')

  disk.empty()
  const last = tried.at(-1) ?? kept
  expect(await ledger.claim(last, soon())).toBe('claimed')
  expect(problems.slice(1)).toEqual([{ kind: 'clearances_recovered', failures: refused.length }])
  ledger.close()
  const again = open(file)
  expect(again.problems).toEqual([])
  expect(again.table.size(clock.now())).toBe(2 + tried.length - refused.length)
  again.ledger.close()
})

it('grants nothing by a file that cannot be read, until it can be', async () => {
  const file = join(tempDir(), 'clearances')
  const before = open(file)
  const clearance = aClearance()
  await before.ledger.claim(clearance, before.soon())
  before.ledger.close()
  const written = readFileSync(file)
  rmSync(file)
  mkdirSync(file)
  const { ledger, problems, soon } = open(file)
  await expect(ledger.claim(clearance, soon())).rejects.toBeInstanceOf(LedgerFailure)
  await expect(ledger.of(clearance.subject)).rejects.toBeInstanceOf(LedgerFailure)
  await expect(ledger.put(clearance)).rejects.toBeInstanceOf(LedgerFailure)
  expect(problems).toEqual([{ kind: 'clearances_failing', code: 'EISDIR' }])
  rmSync(file, { recursive: true })
  writeFileSync(file, written)
  expect(await ledger.claim(clearance, soon())).toBe('spent')
})

it('writes all of it anew where the file was moved under it', async () => {
  const file = join(tempDir(), 'clearances')
  const { ledger, soon } = open(file)
  const [first, second] = [aClearance(), aClearance()]
  await ledger.claim(first, soon())
  rmSync(file)
  expect(await ledger.claim(second, soon())).toBe('claimed')
  ledger.close()
  const again = open(file)
  expect(await again.ledger.claim(first, again.soon())).toBe('spent')
  expect(await again.ledger.claim(second, again.soon())).toBe('spent')
  again.ledger.close()
})

it('reads a file of megabytes of junk as no clearances', () => {
  const file = join(tempDir(), 'clearances')
  writeFileSync(file, 'x'.repeat(3_000_000))
  appendFileSync(file, `\n${'{"a":1}\n'.repeat(1_000)}`)
  const { problems, table, clock } = open(file)
  expect(table.size(clock.now())).toBe(0)
  expect(problems).toEqual([{ kind: 'clearances_damaged', corruptLines: 1_001 }])
})
