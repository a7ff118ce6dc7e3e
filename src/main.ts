import { Command, CommanderError, Option } from 'commander'
import { check } from './commands/check.ts'
import { EXIT, type ExitCode } from './commands/exit.ts'
import { explainCall } from './commands/explain.ts'
import { serve, type Streams } from './commands/serve.ts'
import { demo } from './commands/demo.ts'
import { VERSION } from './version.ts'

type Common = { readonly config: string; readonly json: boolean }

/**
 * The command line. Sets the exit code of the process: 0 done, 1 problems in the input, 2 usage, 3 failed
 * while running.
 */
export const main = async (argv: readonly string[]): Promise<void> => {
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
    })

  command('serve', 'run the guard; SIGHUP reloads, SIGTERM drains').action((options: Common) =>
    run(() => serve(options, streams)),
  )
  command('check', 'validate settings and policies and run their cases').action((options: Common) =>
    run(() => check(options, streams)),
  )
  command('explain', 'say how one call would be decided, and why')
    .requiredOption('--call <file>', 'a trace object as JSON; - reads standard input')
    .action((options: Common & { readonly call: string }) =>
      run(() => explainCall(options, streams)),
    )
  program
    .command('demo')
    .description('run everything on this machine: a stand-in model API, the guard, live traffic')
    .option('--seconds <n>', 'stop by itself after so many seconds', Number)
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
