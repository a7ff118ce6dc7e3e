import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCampaignsFrom } from '../../src/commands/campaigns-data-dir.ts'
import { openDataDir } from '../../src/data-dir.ts'
import { aLine, runReplay, START_MS } from '../support/a-replay.ts'
import { tempDir } from '../support/temp-dir.ts'

const trace = [aLine()]

test('what a replay found can be looked at, and the next replay takes its place', async () => {
  const campaigns = join(tempDir(), 'new/found')
  const first = await runReplay({ trace, campaigns })
  expect(first.exit).toBe(0)
  expect(first.err).toBe(
    `stillwatch: no campaign found; see stillwatch campaigns list --data ${campaigns}\n`,
  )
  const left = await readCampaignsFrom(campaigns)
  expect(await left.list()).toEqual([])
  expect(await left.status()).toMatchObject({ entities: 1, lastObservedMs: START_MS })
  expect(statSync(campaigns).mode & 0o777).toBe(0o700)

  const accounts = [{ id: 'acct_1' }, { id: 'acct_2' }]
  const second = await runReplay({
    trace: [...trace, aLine({ account: 'acct_2' })],
    accounts,
    campaigns,
  })
  expect(second.exit).toBe(0)
  expect(second.err).toContain(
    `stillwatch: --campaigns ${campaigns} replaces what a replay left there\n`,
  )
  expect(await (await readCampaignsFrom(campaigns)).status()).toMatchObject({ entities: 2 })
})

test('says at its end why nothing is acted on, and how the detector stands', async () => {
  const { out, summary } = await runReplay({ trace, guard: 'campaigns: { min_reference: 20 }\n' })
  expect(out).toMatch(
    /\nNothing is acted on: 0 proven entities .*; 20 are needed\. Until then .* level 0\.\n$/,
  )
  expect(summary().detector).toEqual({
    proven: 0,
    min_reference: 20,
    acting: false,
    missing: [expect.stringContaining('20 are needed')],
  })
})

test('what a guard found is left alone, whether it runs or not', async () => {
  const folder = tempDir()
  const dataDir = openDataDir(folder)
  const beside = await runReplay({ trace, campaigns: folder })
  expect(beside).toMatchObject({ exit: 3, out: '' })
  expect(beside.err).toContain('in use by another running process')
  dataDir.release()

  mkdirSync(join(folder, 'campaigns'))
  const state = join(folder, 'campaigns/state')
  writeFileSync(state, 'days of observation')
  const after = await runReplay({ trace, campaigns: folder })
  expect(after).toMatchObject({ exit: 3, out: '' })
  expect(after.err).toContain('holds the campaigns of a guard, which a replay does not overwrite')
  expect(readFileSync(state, 'utf8')).toBe('days of observation')
}, 20_000)

test('a replay that comes to nothing leaves what there was', async () => {
  const campaigns = tempDir()
  await runReplay({ trace, campaigns })
  const { exit } = await runReplay({ trace: ['no call'], campaigns })
  expect(exit).toBe(1)
  expect(await (await readCampaignsFrom(campaigns)).status()).toMatchObject({ entities: 1 })
})

test('a folder that cannot be made is said before the first call is judged', async () => {
  const file = join(tempDir(), 'file')
  writeFileSync(file, '')
  const { exit, out, err } = await runReplay({ trace, campaigns: file })
  expect({ exit, out }).toEqual({ exit: 3, out: '' })
  expect(err).toMatch(/cannot be used \(E\w+\); set --campaigns to a writable one\n$/)
})
