import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readCampaignsFrom } from '../../src/commands/campaigns-data-dir.ts'
import {
  DEMO_CEILING,
  DEMO_MIN_REFERENCE,
  pastAccounts,
  replayPast,
  simulatePast,
} from '../../src/commands/demo-past.ts'
import { loadSettings } from '../../src/settings.ts'
import { tempDir } from '../support/temp-dir.ts'

const SHIPPED = new URL('../../config/policies/*.yaml', import.meta.url).pathname
/** A Monday; habits of the made-up customers depend on the day of the week. */
const MONDAY_MS = Date.UTC(2026, 10, 16, 9, 30)
const DAY_MS = 86_400_000

it.each<[string, number]>([
  ['Monday', 0],
  ['Wednesday', 2],
  ['Sunday', 6],
])(
  'the past of a demo begun on a %s holds a campaign whose members have to pass a step-up',
  async (_, days) => {
    const nowMs = MONDAY_MS + days * DAY_MS
    const folder = tempDir()
    const past = simulatePast(nowMs)
    expect(past.endMs).toBeLessThanOrEqual(nowMs)
    expect(nowMs - past.endMs).toBeLessThan(DAY_MS)
    const accounts = join(folder, 'accounts.jsonl')
    writeFileSync(
      accounts,
      pastAccounts(past)
        .map((one) => `${JSON.stringify(one)}\n`)
        .join(''),
    )
    writeFileSync(
      join(folder, 'guard.yaml'),
      stringify({
        version: 1,
        data_dir: 'data',
        upstreams: [{ id: 'none', url: 'http://127.0.0.1:9', dialect: 'openai' }],
        secret: 'a secret of tests that is long enough',
        policies: [SHIPPED],
        campaigns: { ceiling: DEMO_CEILING, min_reference: DEMO_MIN_REFERENCE },
      }),
    )
    const loaded = loadSettings(join(folder, 'guard.yaml'), {})
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const campaign = await replayPast(past, loaded.settings, accounts, 4)
    expect(campaign).toMatchObject({ level: 3, members: 60 })
    expect(new Set(campaign?.accounts).size).toBe(4)
    const known = new Set(past.accounts.map(({ id }) => id))
    expect(campaign?.accounts.every((id) => known.has(id))).toBe(true)
    const { list } = await readCampaignsFrom(join(folder, 'data'))
    expect(await list()).toMatchObject([{ id: campaign?.id, level: 3, state: 'acting' }])
  },
  60_000,
)
