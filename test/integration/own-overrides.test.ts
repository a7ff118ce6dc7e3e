import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LedgerFailure } from '../../src/core/ledger.ts'
import { createOverrideTable } from '../../src/overrides/override-table.ts'
import { openOwnOverrides, type OwnOverridesProblem } from '../../src/overrides/own-overrides.ts'
import { anOverride, ended } from '../support/an-override.ts'
import { createFakeClock } from '../support/clock.ts'
import { tempDir } from '../support/temp-dir.ts'

const clock = createFakeClock()

const open = (file: string) => {
  const problems: OwnOverridesProblem[] = []
  const table = createOverrideTable()
  const own = openOwnOverrides({ file, table, clock, onProblem: (one) => void problems.push(one) })
  return { own, table, problems }
}

it('keeps what was put, and ends, for the process that comes after', async () => {
  const file = join(tempDir(), 'overrides')
  const first = open(file)
  const [one, other] = [anOverride(), anOverride({ of: 'asn', name: '64500', verdict: 'allow' })]
  await first.own.put(one)
  await first.own.put(other)
  await first.own.put(ended(one))
  // A word that was on its way while it was ended.
  await first.own.put(one)
  const second = open(file)
  expect(second.problems).toEqual([])
  expect(new Set(second.table.all(clock.now()))).toEqual(new Set([other, ended(one)]))
})

it('leaves out what has run out, and writes it down no more', async () => {
  const file = join(tempDir(), 'overrides')
  const { own } = open(file)
  await own.put(anOverride({ expiresMs: clock.now() + 1 }))
  await own.put(anOverride({ why: 'stays' }))
  const later = createFakeClock(clock.now() + 10)
  const table = createOverrideTable()
  const again = openOwnOverrides({ file, table, clock: later })
  expect(table.all(later.now()).map(({ why }) => why)).toEqual(['stays'])
  expect(again.keep()).toBe(true)
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(2)
})

it('forgets lines that were damaged, says so and keeps them aside', async () => {
  const file = join(tempDir(), 'overrides')
  await open(file).own.put(anOverride())
  const [line = ''] = readFileSync(file, 'utf8').split('\n')
  appendFileSync(file, `${line.replace('acct_1', 'acct_2')}\ntorn`)
  const { table, problems, own } = open(file)
  expect(problems).toEqual([{ kind: 'overrides_damaged', corruptLines: 2 }])
  expect(table.all(clock.now()).map(({ name }) => name)).toEqual(['acct_1'])
  await own.put(anOverride({ name: 'acct_3' }))
  expect(readFileSync(`${file}.damaged`, 'utf8')).toContain('acct_2')
})

it('sets none that it cannot write down, and says so until it can', async () => {
  const folder = tempDir()
  const file = join(folder, 'overrides')
  const { own, table, problems } = open(file)
  mkdirSync(`${file}.new`)
  await expect(own.put(anOverride())).rejects.toBeInstanceOf(LedgerFailure)
  await expect(own.put(anOverride())).rejects.toBeInstanceOf(LedgerFailure)
  expect(table.isEmpty()).toBe(true)
  rmSync(`${file}.new`, { recursive: true })
  await own.put(anOverride())
  expect(problems.map(({ kind }) => kind)).toEqual(['overrides_failing', 'overrides_recovered'])
  expect(table.isEmpty()).toBe(false)
})

it('does not write over a file that it could not read', async () => {
  const file = join(tempDir(), 'overrides')
  mkdirSync(file)
  const { own, table, problems } = open(file)
  expect(problems.map(({ kind }) => kind)).toEqual(['overrides_failing'])
  await expect(own.put(anOverride())).rejects.toBeInstanceOf(LedgerFailure)
  expect(table.isEmpty()).toBe(true)
  rmSync(file, { recursive: true })
  const elsewhere = join(tempDir(), 'overrides')
  await open(elsewhere).own.put(anOverride({ name: 'kept' }))
  writeFileSync(file, readFileSync(elsewhere))
  await own.put(anOverride({ name: 'new' }))
  expect(new Set(table.all(clock.now()).map(({ name }) => name))).toEqual(new Set(['kept', 'new']))
  expect(existsSync(file)).toBe(true)
})
