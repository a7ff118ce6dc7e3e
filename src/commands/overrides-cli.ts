import { InvalidArgumentError, Option, type Command } from 'commander'
import { OVERRIDE_VERDICTS, type OverrideVerdict } from '../core/override.ts'
import type { GuardGround, GuardOptions } from './ask-and-print.ts'
import type { ExitCode } from './exit.ts'
import { typedDuration, typedPage, typedWhy } from './typed-values.ts'
import {
  endOverride,
  listOverrides,
  setOverride,
  type OverrideFilters,
  type TypedSubject,
} from './overrides.ts'

const asn = (text: string): string => {
  const digits = text.replace(/^AS/i, '')
  if (!/^[1-9]\d{0,9}$/.test(digits))
    throw new InvalidArgumentError('Write the number of the autonomous system, such as 64500.')
  return digits
}

const withSubject = (command: Command): Command =>
  command
    .option('--account <id>', 'an account')
    .option('--entity <id>', 'all accounts of an organisation')
    .option('--credential <hash>', 'a credential, by its keyed hash as records tell it')
    .option('--network <address>', 'a /24 or /64, or the one around an address')
    .option('--asn <number>', 'an autonomous system', asn)

/**
 * Adds `overrides` with its commands. Each asks a running guard with the token of `STILLWATCH_TOKEN`, and
 * its exit code is told to `run`.
 */
export const addOverrides = (
  program: Command,
  ground: GuardGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
): void => {
  const overrides = program
    .command('overrides')
    .description('single callers that are let pass or refused by hand, whatever the rules say')
  const command = (name: string, description: string): Command =>
    overrides
      .command(name)
      .description(description)
      .option('--json', 'print JSON', false)
      .requiredOption('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')
  const changing = (name: string, description: string): Command =>
    command(name, description).requiredOption(
      '--why <text>',
      'kept with it, and in the audit',
      typedWhy,
    )

  withSubject(command('list', 'those that have not run out, newest first'))
    .addOption(new Option('--verdict <word>').choices(OVERRIDE_VERDICTS))
    .addOption(new Option('--state <word>', 'on where not told').choices(['on', 'ended', 'all']))
    .option('--limit <n>', 'overrides on a page', typedPage)
    .option('--after <place>', 'the place the last page named')
    .action((options: GuardOptions & OverrideFilters) => run(() => listOverrides(options, ground)))
  const setting = (verdict: OverrideVerdict, description: string): Command =>
    withSubject(changing(verdict, description)).requiredOption(
      '--for <time>',
      'for how long, such as 12h; 90d at most',
      typedDuration,
    )
  type Typed = GuardOptions & TypedSubject & { readonly for: string; readonly why: string }
  setting('allow', 'let a caller skip the rules; its limits stay').action((options: Typed) =>
    run(() => setOverride({ ...options, verdict: 'allow', confirm: false }, ground)),
  )
  setting('deny', 'refuse a caller')
    .option('--confirm', 'refuse everybody in a network or autonomous system', false)
    .action((options: Typed & { readonly confirm: boolean }) =>
      run(() => setOverride({ ...options, verdict: 'deny' }, ground)),
    )
  changing('end', 'end one before its time')
    .argument('<id>')
    .action((id: string, options: GuardOptions & { readonly why: string }) =>
      run(() => endOverride({ ...options, id }, ground)),
    )
}
