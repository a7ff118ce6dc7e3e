import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addBacktest } from './commands/backtest-cli.ts'
import { addCampaigns } from './commands/campaigns-cli.ts'
import { readCampaignsFrom } from './commands/campaigns-data-dir.ts'
import { addClearances } from './commands/clearances-cli.ts'
import { check } from './commands/check.ts'
import { detect } from './commands/detect.ts'
import { EXIT, type ExitCode } from './commands/exit.ts'
import { explainCall } from './commands/explain.ts'
import { explainDecision } from './commands/explain-decision.ts'
import { addOverrides } from './commands/overrides-cli.ts'
import { replayTrace, type ReplayCommand } from './commands/replay.ts'
import { serve, type ServeOptions, type Streams } from './commands/serve.ts'
import { simulate, type SimulateOptions } from './commands/simulate.ts'
import { addSwitches } from './commands/switches-cli.ts'
import { demo } from './commands/demo.ts'
import { VERSION } from './version.ts'

/** The same bound as that of the setting. */
const MAX_WORKERS = 256

type ExplainOptions = Common & {
  readonly call?: string
  readonly decision?: string
  readonly admin?: string
}

type Common = { readonly config: string; readonly json: boolean }

const wholeSeconds = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError('Write a whole number of seconds.')
  return Number(text)
}

const workerCount = (text: string): number => {
  const count = Number(text)
  if (!/^\d{1,3}$/.test(text) || count < 1 || count > MAX_WORKERS)
    throw new InvalidArgumentError(`Write a whole number from 1 to ${MAX_WORKERS}.`)
  return count
}

const scaleFactor = (text: string): number => {
  const factor = Number(text)
  if (!/^\d{0,4}(?:\.\d{1,6})?$/.test(text) || !(factor > 0))
    throw new InvalidArgumentError('Write a number above 0, such as 0.01.')
  return factor
}

const wholeSeed = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.')
  return Number(text)
}

/** A reader that went away (`| head`) is no failure of ours. */
const outliveReaders = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
  }
}

/** What a failed command left open must not keep the process alive: supervisors wait for its end. */
const LAST_WORDS_MS = 1_000

/**
 * The command line. Sets the exit code of the process: 0 done, 1 problems in the input, 2 usage, 3 failed
 * while running.
 */
export const main = async (argv: readonly string[]): Promise<void> => {
  outliveReaders()
  const streams: Streams = { out: process.stdout, err: process.stderr }
  const program = new Command('stillwatch')
    .description('A reverse proxy that guards a model API')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(run with --help for the commands and options)')
  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .addOption(new Option('--config <file>', 'settings file').default('config/guard.yaml'))
      .option('--json', 'print JSON', false)
  const run = (work: () => Promise<ExitCode>): Promise<void> =>
    work().then((code) => {
      process.exitCode = code
      if (code === EXIT.failed) setTimeout(() => process.exit(), LAST_WORDS_MS).unref()
    })

  command('serve', 'run the guard; SIGHUP reloads, SIGTERM drains')
    .option('--workers <n>', 'processes that share the work; beats the settings', workerCount)
    .action((options: ServeOptions) => run(() => serve(options, streams)))
  command(
    'detect',
    'find campaigns for a fleet; one such process detects, the others stand by',
  ).action((options: Common) => run(() => detect(options, streams)))
  command('check', 'validate settings and policies and run their cases').action((options: Common) =>
    run(() => check(options, streams)),
  )
  command('explain', 'say how one call would be decided, and why')
    .option('--call <file>', 'a trace object as JSON; - reads standard input')
    .option('--decision <id>', 'or a recorded decision of the guard named with --admin')
    .option('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')
    .action((options: ExplainOptions, told: Command) =>
      run(() => {
        const { call, decision, admin } = options
        if (call !== undefined && decision === undefined) {
          return explainCall({ ...options, call }, streams)
        }
        if (call === undefined && decision !== undefined && admin !== undefined) {
          return explainDecision({ ...options, decision, admin }, streams)
        }
        return told.error('error: write --call <file>, or --decision <id> with --admin <url>')
      }),
    )
  command('replay', 'put recorded calls through the guard on their own clock, without a network')
    .requiredOption('--trace <file>', 'the calls, one JSON object a line; gzip or plain')
    .requiredOption('--accounts <file>', 'the accounts, as the live accounts file has them')
    .option('--out <file>', 'write one decision record a call; gzip where the name ends in .gz')
    .option('--summary <file>', 'write the summary as JSON')
    .option('--campaigns <folder>', 'keep what was found, for campaigns list --data')
    .option('--lenient', 'leave out lines that are no calls, and count them', false)
    .action((options: ReplayCommand) => run(() => replayTrace(options, streams)))
  command('simulate', 'make up customers and their calls after a scenario')
    .requiredOption('--scenario <file>', 'what to simulate; see config/scenarios')
    .option('--variant <name>', 'one of the variants that the scenario names')
    .option('--out <folder>', 'write accounts.jsonl and trace.jsonl.gz into a new folder')
    .option('--replay', 'put the calls through the guard at once, without writing them', false)
    .option('--summary <file>', 'with --replay: write the summary as JSON')
    .option('--campaigns <folder>', 'with --replay: keep what was found, for campaigns list --data')
    .option('--scale <factor>', 'how many accounts, against what the scenario says', scaleFactor, 1)
    .option('--seed <n>', 'another run of the same scenario', wholeSeed)
    .option('--data <folder>', 'corpora of real prompts, networks and sizes')
    .action((options: SimulateOptions) => run(() => simulate(options, streams)))
  addCampaigns(program, { streams, readCampaignsFrom }, run)
  addClearances(program, { streams }, run)
  addBacktest(program, { streams }, run)
  addOverrides(program, { streams }, run)
  addSwitches(program, { streams }, run)
  program
    .command('demo')
    .description('run everything on this machine: a stand-in model API, the guard, live traffic')
    .option('--seconds <n>', 'stop by itself after so many seconds', wholeSeconds)
    .action((options: { readonly seconds?: number }) => run(() => demo(options, streams)))

  try {
    await program.parseAsync(argv)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
    } else {
      process.stderr.write(
        `stillwatch: ${error instanceof Error ? error.message : String(error)}\n`,
      )
      process.exitCode = EXIT.failed
    }
  }
}
