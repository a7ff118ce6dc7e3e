import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { check } from './commands/check.ts'
import { EXIT, type ExitCode } from './commands/exit.ts'
import { explainCall } from './commands/explain.ts'
import { serve, type ServeOptions, type Streams } from './commands/serve.ts'
import { demo } from './commands/demo.ts'
import { VERSION } from './version.ts'

/** The same bound as that of the setting. */
const MAX_WORKERS = 256

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
  command('check', 'validate settings and policies and run their cases').action((options: Common) =>
    run(() => check(options, streams)),
  )
  command('explain', 'say how one call would be decided, and why')
    .requiredOption('--call <file>', 'a trace object as JSON; - reads standard input')
    .option('--admin <url>', 'a running guard whose counters are read, with STILLWATCH_TOKEN')
    .action((options: Common & { readonly call: string; readonly admin?: string }) =>
      run(() => explainCall(options, streams)),
    )
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
