import { readFileSync } from 'node:fs'
import type { RecordedCall } from '../core/trace.ts'
import type { Problem } from '../core/problem.ts'
import { BUILT_IN_MATERIAL, type Material } from '../simulate/material.ts'
import { materialFromData } from '../simulate/material-from-data.ts'
import { readScenario } from '../simulate/scenario.ts'
import { createSimulation, type Simulation } from '../simulate/simulation.ts'
import { writeSimulation } from '../simulate/write-simulation.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { printProblems, type Streams } from './serve.ts'
import { replaySimulation } from './simulate-replay.ts'

/** What `simulate` is told on the command line. */
export type SimulateOptions = {
  readonly config: string
  readonly json: boolean
  readonly scenario: string
  readonly out?: string
  readonly replay: boolean
  readonly summary?: string
  readonly campaigns?: string
  readonly scale: number
  readonly seed?: number
  readonly data?: string
  readonly variant?: string
}

const PROGRESS_CALLS = 100_000

/** Says from time to time how far the simulated days have gone. */
const createProgress = (
  simulation: Simulation,
  { err }: Streams,
): { readonly step: (call: RecordedCall) => void; readonly calls: () => number } => {
  const { startMs, endMs } = simulation
  let calls = 0
  return {
    calls: () => calls,
    step: ({ atMs }) => {
      if (++calls % PROGRESS_CALLS !== 0) return
      const percent = Math.floor((100 * (atMs - startMs)) / (endMs - startMs))
      err.write(`stillwatch: ${calls} calls, ${percent} % of the days\n`)
    },
  }
}

/**
 * Makes up customers and their calls after a scenario: writes them as accounts and trace, or puts them
 * through the guard at once.
 */
export const simulate = async (options: SimulateOptions, streams: Streams): Promise<ExitCode> => {
  const { json, out, scenario: file, seed, variant } = options
  const usage = (what: string): ExitCode => {
    streams.err.write(`stillwatch: ${what}\n`)
    return EXIT.usage
  }
  const refuse = (problems: readonly Problem[]): ExitCode => {
    printProblems(problems, json, streams)
    return EXIT.problems
  }
  if ((out === undefined) === !options.replay) return usage('write either --out DIR or --replay')
  if (options.summary !== undefined && !options.replay) return usage('--summary needs --replay')
  if (options.campaigns !== undefined && !options.replay) return usage('--campaigns needs --replay')

  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const what = `cannot be read (${code})`
    const instead = 'name a scenario, such as config/scenarios/naive.yaml'
    return refuse([{ file, line: 1, col: 1, what, instead }])
  }
  const read = readScenario(file, source, variant === undefined ? {} : { variant })
  if (!read.ok) return refuse(read.problems)

  let material: Material = BUILT_IN_MATERIAL
  if (options.data !== undefined) {
    try {
      material = await materialFromData(options.data)
    } catch (error) {
      return usage((error as Error).message)
    }
  }
  const simulation = createSimulation(read.scenario, material, {
    scale: options.scale,
    ...(seed === undefined ? {} : { seed }),
  })
  const progress = createProgress(simulation, streams)
  if (out === undefined) return replaySimulation(simulation, options, progress.step, streams)

  await writeSimulation(simulation, out, progress.step)
  const accounts = simulation.accounts.length
  const calls = progress.calls()
  streams.out.write(
    json
      ? `${JSON.stringify({ accounts, calls, out })}\n`
      : `${accounts} accounts and ${calls} calls in ${out}\n`,
  )
  return EXIT.done
}
