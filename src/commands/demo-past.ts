import { keepCampaignsIn } from '../app-keep-campaigns.ts'
import { openReplay } from '../app-replay.ts'
import type { Level } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { Settings } from '../settings.ts'
import type { AccountRecord } from '../signals/account-record.ts'
import { BUILT_IN_MATERIAL } from '../simulate/material.ts'
import { readScenario } from '../simulate/scenario.ts'
import { createSimulation, type Simulation } from '../simulate/simulation.ts'
import { feed } from './simulate-replay.ts'

const DAYS = 4
/** Level from which each member has to pass a step-up, under the ceiling of the demo. */
export const DEMO_CEILING: Level = 3
/** Some 90 of the made-up customers are proven. */
export const DEMO_MIN_REFERENCE = 60

/**
 * Four days that end with yesterday: a few hundred ordinary customers, and sixty accounts that one program
 * takes turns with, several for the same task. Small and plain, so that it is found within seconds.
 */
const scenarioText = (nowMs: number): string =>
  JSON.stringify({
    version: 1,
    name: 'demo',
    start: new Date(nowMs - DAYS * DAY_MS).toISOString().slice(0, 10),
    days: DAYS,
    honest: { accounts: 260, max_calls_per_day: 12, trial_abuse: 0 },
    campaigns: [{ name: 'pool', accounts: 60, signup: { over_days: 0.5 }, best_of: { k: 4 } }],
  })

/** The made-up past of a demo. */
export const simulatePast = (nowMs: number): Simulation => {
  const read = readScenario('demo', scenarioText(nowMs))
  if (!read.ok) throw new Error(`the past of the demo: ${JSON.stringify(read.problems)}`)
  return createSimulation(read.scenario, BUILT_IN_MATERIAL)
}

/** Its accounts as lines of an accounts file, each with a credential to call with now. */
export const pastAccounts = (past: Simulation): readonly AccountRecord[] =>
  past.accounts.map((record) => ({ ...record, credentials: [pastCredential(record.id)] }))

/** Credential of an account of the past. */
export const pastCredential = (account: string): string => `sk-demo-${account}`

/** A campaign that the past of a demo holds. */
export type PastCampaign = {
  readonly id: string
  readonly level: Level
  readonly members: number
  /** Accounts of some members, which a step-up is asked of. */
  readonly accounts: readonly string[]
}

/**
 * Replays the past through the guard of these settings, with its detector, and leaves what was found in
 * their `data_dir`, where the guard that starts next goes on from it: what takes days live takes seconds.
 * Settings need a secret, so that both hash alike. `undefined` where no campaign reached the level.
 * Rejects with one plain sentence.
 */
export const replayPast = async (
  past: Simulation,
  settings: Settings,
  accounts: string,
  atMost: number,
): Promise<PastCampaign | undefined> => {
  const opened = await openReplay({ settings, accounts })
  if (!opened.ok) throw new Error(opened.problems.map(({ what }) => what).join('; '))
  const { replay } = opened
  await feed(past, replay)
  const found = replay.found()
  const { campaigns } = await replay.finish()
  const kept = keepCampaignsIn(settings.path(settings.data_dir))
  try {
    kept.save(found)
  } finally {
    kept.release()
  }
  const [largest] = campaigns
    .filter(({ level }) => level >= DEMO_CEILING)
    .toSorted((one, other) => other.members - one.members)
  if (largest === undefined) return undefined
  const marked = found.marks.filter(
    ({ campaign, level }) => campaign === largest.id && level >= DEMO_CEILING,
  )
  return {
    id: largest.id,
    level: DEMO_CEILING,
    members: largest.members,
    accounts: marked.slice(0, atMost).map(({ entity }) => entity),
  }
}
