import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { stringify } from 'yaml'
import { replaySimulation } from '../../src/commands/simulate-replay.ts'
import { BUILT_IN_MATERIAL } from '../../src/simulate/material.ts'
import { readScenario } from '../../src/simulate/scenario.ts'
import { createSimulation } from '../../src/simulate/simulation.ts'

/** A folder in which a replay of made-up days that end now has found a campaign. */
export type FoundCampaign = {
  readonly folder: string
  /** An account that called and has nothing to do with the campaign. */
  readonly honest: string
  /** What the replay said of itself. */
  readonly told: string
}

const ROOT = new URL('../../', import.meta.url).pathname
const DAY_MS = 86_400_000
const DAYS = 6
const SECRET = 'a secret of tests that is long enough'

/** The credential of an account of {@link foundCampaign}. */
export const keyOf = (account: string): string => `sk-${account}`

/**
 * Simulates some days up to now, replays them and keeps what was found as the data folder of a guard, which
 * has the accounts with their credentials, the shipped policies and `settings`.
 */
export const foundCampaign = async (settings: object): Promise<FoundCampaign> => {
  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-e2e-'))
  cpSync(join(ROOT, 'config'), folder, { recursive: true })
  const config = join(folder, 'guard.yaml')
  writeFileSync(
    config,
    stringify({
      version: 1,
      listen: '127.0.0.1:0',
      data_dir: 'data',
      policies: ['policies/*.yaml'],
      accounts: { file: 'accounts.jsonl' },
      geoip: { country: null },
      secret: SECRET,
      campaigns: { min_reference: 20 },
      drain: '5s',
      ...settings,
    }),
  )
  const nowMs = Date.now()
  const startMs = Math.floor(nowMs / DAY_MS - DAYS) * DAY_MS
  const start = new Date(startMs).toISOString().slice(0, 10)
  const file = join(ROOT, 'config/scenarios/naive.yaml')
  const source = readFileSync(file, 'utf8').replace(/^start: .*$/m, `start: "${start}"`)
  const read = readScenario(file, source, {
    days: (nowMs - startMs) / DAY_MS,
    honestAccounts: 120,
    lookAlikes: false,
    campaign: { accounts: 40, starts_day: 0 },
  })
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const simulation = createSimulation(read.scenario, BUILT_IN_MATERIAL)
  const { accounts } = simulation
  writeFileSync(
    join(folder, 'accounts.jsonl'),
    accounts
      .map((account) => `${JSON.stringify({ ...account, credentials: [keyOf(account.id)] })}\n`)
      .join(''),
  )
  let told = ''
  const stream = new PassThrough().on('data', (chunk: Buffer) => (told += chunk.toString()))
  const called = new Set<string>()
  const exit = await replaySimulation(
    simulation,
    { config, json: true, campaigns: join(folder, 'data') },
    ({ account, label }) => {
      if (account !== undefined && (label ?? '').startsWith('legit/')) called.add(account)
    },
    { out: stream, err: stream },
  )
  const [honest] = called
  if (exit !== 0 || honest === undefined) throw new Error(told)
  return { folder, honest, told }
}
