import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReplay, type Replay } from '../app-replay.ts'
import { formatProblem } from '../core/problem.ts'
import type { RecordedCall } from '../core/trace.ts'
import type { Summary } from '../replay/summary.ts'
import { summaryText } from '../replay/summary-text.ts'
import type { Simulation } from '../simulate/simulation.ts'
import { writeAccounts } from '../simulate/write-simulation.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { keepingFound } from './keep-found.ts'
import { loadOfflineSettings } from './offline-settings.ts'
import { tellReplaced, writeSummary } from './replay-outputs.ts'
import { printProblems, type Streams } from './serve.ts'

/** Puts every call of a simulation through a replay and tells the callers how it came out. */
export const feed = async (
  simulation: Simulation,
  replay: {
    call(recorded: RecordedCall): Promise<{ readonly event: { readonly outcome: string } }>
  },
  onCall: (call: RecordedCall) => void = () => {},
): Promise<void> => {
  for (let call = simulation.next(); call !== undefined; call = simulation.next()) {
    const { event } = await replay.call(call)
    if (call.account !== undefined) {
      if (event.outcome === 'refused') simulation.refused(call.account, call.atMs)
      else simulation.served(call.account)
    }
    onCall(call)
  }
}

/** What the `--replay` of `simulate` is told. */
export type SimulateReplay = {
  readonly config: string
  readonly json: boolean
  readonly summary?: string
  /** A data folder to keep the campaigns in that are found. */
  readonly campaigns?: string
}

const replayKeeping = async (
  simulation: Simulation,
  options: SimulateReplay,
  onCall: (call: RecordedCall) => void,
  streams: Streams,
  keep: (replay: Replay, campaigns: number) => ExitCode,
): Promise<ExitCode> => {
  const loaded = loadOfflineSettings(options.config)
  if (!loaded.ok) {
    printProblems(loaded.problems, options.json, streams)
    return EXIT.problems
  }
  // The replay reads accounts from a file, as the live guard does.
  const folder = await mkdtemp(join(tmpdir(), 'stillwatch-'))
  try {
    const accounts = join(folder, 'accounts.jsonl')
    await writeAccounts(simulation, accounts)
    const opened = await openReplay({
      settings: loaded.settings,
      accounts,
      onProblem: (problem) => streams.err.write(`${formatProblem(problem)}\n`),
    })
    if (!opened.ok) {
      printProblems(opened.problems, options.json, streams)
      return EXIT.problems
    }
    const { replay } = opened
    await tellReplaced({ '--summary': options.summary }, streams)
    await feed(
      simulation,
      {
        call: async (recorded) => {
          const judged = await replay.judge(recorded)
          await replay.count(recorded, judged)
          return judged
        },
      },
      onCall,
    )
    const summary: Summary = await replay.finish()
    if (options.summary !== undefined) await writeSummary(options.summary, summary, 0)
    streams.out.write(
      options.json
        ? `${JSON.stringify(summary)}\n`
        : summaryText(summary, 'the accounts of the scenario'),
    )
    return keep(replay, summary.campaigns.length)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The `--replay` of `simulate`: the guard judges the calls as they are made, which are not written. */
export const replaySimulation = (
  simulation: Simulation,
  options: SimulateReplay,
  onCall: (call: RecordedCall) => void,
  streams: Streams,
): Promise<ExitCode> =>
  keepingFound(options.campaigns, streams, (keep) =>
    replayKeeping(simulation, options, onCall, streams, keep),
  )
