import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReplay } from '../../../src/app-replay.ts'
import { createDetector } from '../../../src/campaigns/detector.ts'
import { createObserving } from '../../../src/campaigns/live/observing.ts'
import { feed } from '../../../src/commands/simulate-replay.ts'
import { loadOfflineSettings } from '../../../src/commands/offline-settings.ts'
import type { Detector } from '../../../src/campaigns/detector-seam.ts'
import type { DetectorStatus, Level } from '../../../src/core/campaign.ts'
import type { CallEvent } from '../../../src/core/event.ts'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'
import type { RecordedCall } from '../../../src/core/trace.ts'
import { createReference } from '../../../src/policy/reference.ts'
import type { Summary } from '../../../src/replay/summary.ts'
import { BUILT_IN_MATERIAL } from '../../../src/simulate/material.ts'
import { loadScenario, type Overrides } from '../../../src/simulate/scenario.ts'
import { createSimulation } from '../../../src/simulate/simulation.ts'
import { accountLimit, addressLimit } from './baseline-limits.ts'
import { idfPairs } from './baseline-pairs.ts'
import { sharedAddresses } from './baseline-shared-addresses.ts'
import { templateClusters } from './baseline-templates.ts'
import { createScorer, type Score } from './score.ts'

const ROOT = new URL('../../../', import.meta.url).pathname

/** One run of one scenario. */
export type RunSpec = {
  /** What it is called in tables. */
  readonly name: string
  /** File below `config/scenarios`, without its ending. */
  readonly scenario: string
  readonly overrides?: Overrides
  readonly scale: number
  /** Other ordinary customers than the scenario's, before `scale`. */
  readonly honest?: { readonly accounts?: number; readonly max_calls_per_day?: number }
  /** Accounts of each campaign whatever `scale` is; as the scenario says where absent. */
  readonly attackers?: number
  /** The same with the accounts of the scenario. */
  readonly publishedSize?: boolean
  readonly seed: number
  /** Highest automatic level; as the settings say where absent. */
  readonly ceiling?: Level
  /** Whether the baselines run beside. */
  readonly baselines: boolean
}

/** What came of it. */
export type RunResult = {
  readonly spec: RunSpec
  readonly accounts: number
  readonly summary: Summary
  /** The guard first, then each setting of each baseline. */
  readonly scores: readonly Score[]
  /** Milliseconds at which its days begin. */
  readonly startMs: number
  /** How the detector stood at the end; `undefined` where there was none. */
  readonly status: DetectorStatus | undefined
}

/** The guard among the others: it acts where the caller has a mark of level 2 or more. */
export const GUARD = { family: 'Stillwatch', setting: 'as shipped' } as const

const problemText = (problems: readonly { readonly what: string }[]): string =>
  problems.map(({ what }) => what).join('; ')

/**
 * Simulates a scenario and replays it through the guard, with the detector in line, and beside it through
 * every baseline: all see the same calls. `create` makes the detector. Rejects where the scenario or the settings have problems.
 */
export const runScenario = async (spec: RunSpec, create = createDetector): Promise<RunResult> => {
  const file = join(ROOT, `config/scenarios/${spec.scenario}.yaml`)
  const loaded = loadScenario(file, spec.overrides)
  if (!loaded.ok) throw new Error(`${file}: ${problemText(loaded.problems)}`)
  const { scenario } = loaded
  const { attackers, publishedSize = false, scale } = spec
  const sizeOf = (own: number): number =>
    attackers === undefined && !publishedSize ? own : Math.round((attackers ?? own) / scale)
  const patched = {
    ...scenario,
    honest: { ...scenario.honest, ...spec.honest },
    campaigns: scenario.campaigns.map((campaign) => ({
      ...campaign,
      accounts: sizeOf(campaign.accounts),
    })),
  }
  const simulation = createSimulation(patched, BUILT_IN_MATERIAL, spec)
  const read = loadOfflineSettings(join(ROOT, 'config/guard.yaml'))
  if (!read.ok) throw new Error(problemText(read.problems))
  const { ceiling = read.settings.campaigns.ceiling } = spec
  const settings = { ...read.settings, campaigns: { ...read.settings.campaigns, ceiling } }

  const folder = mkdtempSync(join(tmpdir(), 'stillwatch-bench-'))
  const accounts = join(folder, 'accounts.jsonl')
  try {
    writeFileSync(accounts, simulation.accounts.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const reference = createReference(settings.campaigns.reference)
    const observationOf = createObserving({
      isProven: reference.ok ? reference.reference : () => false,
      hashNetwork: createKeyedHash(new Uint8Array(32), 'network'),
    })
    const baselines = spec.baselines
      ? [accountLimit(), addressLimit(), idfPairs(), sharedAddresses(), templateClusters()]
      : []
    const names = [
      GUARD,
      ...baselines.flatMap(({ family, settings: all }) =>
        all.map((setting) => ({ family, setting })),
      ),
    ]
    const scorer = createScorer(names, simulation.startMs)
    const onJudged = (event: CallEvent, { label, account, atMs }: RecordedCall): void => {
      const entity = event.facts?.known('account.entity') ?? account
      if (entity === undefined) return
      const acted = [(event.facts?.known('campaign.level') ?? 0) >= 2]
      const seen = baselines.length === 0 ? undefined : observationOf(event)
      if (seen !== undefined) for (const one of baselines) acted.push(...one.take(seen))
      scorer.count({ entity, label, atMs, acted })
    }
    let detector: Detector | undefined
    const opened = await openReplay({
      settings,
      accounts,
      createDetector: (options) => (detector = create(options)),
      onJudged,
    })
    if (!opened.ok) throw new Error(problemText(opened.problems))
    const { replay } = opened
    await feed(simulation, {
      call: async (recorded) => {
        const judged = await replay.judge(recorded)
        await replay.count(recorded, judged)
        return judged
      },
    })
    return {
      spec,
      accounts: simulation.accounts.length,
      startMs: simulation.startMs,
      summary: await replay.finish(),
      scores: scorer.scores(),
      status: detector?.status(),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
