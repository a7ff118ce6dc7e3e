import { InvalidArgumentError, Option, type Command } from 'commander'
import { correctionsShape, STEP_UP_RESULTS } from '../challenges/step-up-message.ts'
import { CHALLENGE_KINDS, type Corrections } from '../core/challenge.ts'
import {
  grantClearance,
  listClearances,
  revokeClearance,
  settleChallenge,
  type ClearanceFilters,
} from './clearances.ts'
import type { GuardGround, GuardOptions } from './ask-and-print.ts'
import type { ExitCode } from './exit.ts'
import { typedDuration, typedPage, typedWhy } from './typed-values.ts'

/** Marks an option in the help. */
const REQUIRED = '(required)'

/** `name=value`, added to those before it; `true` and `false` are truth values. */
const fact = (text: string, before: Corrections): Corrections => {
  const at = text.indexOf('=')
  const value = text.slice(at + 1)
  const named = {
    [text.slice(0, Math.max(0, at))]: /^(?:true|false)$/.test(value) ? value === 'true' : value,
  }
  const parsed = correctionsShape.safeParse(named)
  if (at < 1 || !parsed.success)
    throw new InvalidArgumentError(
      'Write account.verified=none|email|phone|business|identity, account.status=active|trial|suspended|closed or payment.verified=true|false.',
    )
  return Object.assign({}, before, parsed.data)
}

/**
 * Adds `clearances` with its commands. Each asks a running guard with the token of `STILLWATCH_TOKEN`, and
 * its exit code is told to `run`.
 */
export const addClearances = (
  program: Command,
  ground: GuardGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
): void => {
  const clearances = program
    .command('clearances')
    .description('challenges that accounts have passed: look, let pass, take back')
  const needed = new Set<Option>()
  const mustHave = (option: Option): Option => {
    option.description = option.description === '' ? REQUIRED : `${option.description} ${REQUIRED}`
    needed.add(option)
    return option
  }
  clearances.hook('preAction', (_, used) => {
    const missing = used.options.filter(
      (option) => needed.has(option) && used.getOptionValue(option.attributeName()) === undefined,
    )
    if (missing.length === 0) return
    const flags = missing.map(({ flags: name }) => `'${name}'`).join(', ')
    used.error(`error: required: ${flags}`, { code: 'commander.missingMandatoryOptionValue' })
  })
  const command = (name: string, description: string): Command =>
    clearances
      .command(name)
      .description(description)
      .option('--json', 'print JSON', false)
      .addOption(
        mustHave(new Option('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')),
      )
  const changing = (name: string, description: string): Command =>
    command(name, description).addOption(
      mustHave(new Option('--why <text>', 'kept in the audit').argParser(typedWhy)),
    )

  command('list', 'those that have not run out, newest first')
    .option('--account <id>', 'of one account, as the store has them')
    .option(
      '--credential <hash>',
      'of a credential that no account source knows, by its keyed hash',
    )
    .addOption(new Option('--kind <kind>').choices(CHALLENGE_KINDS))
    .addOption(new Option('--state <state>').choices(['granted', 'refused', 'revoked']))
    .option('--limit <n>', 'clearances on a page', typedPage)
    .option('--after <place>', 'the place the last page named')
    .action((options: GuardOptions & ClearanceFilters) =>
      run(() => listClearances(options, ground)),
    )
  changing('grant', 'let an account pass challenges of a kind, and of weaker ones')
    .option('--account <id>', 'who')
    .option('--credential <hash>', 'or who, where no account source knows the credential')
    .addOption(mustHave(new Option('--kind <kind>').choices(CHALLENGE_KINDS)))
    .addOption(
      mustHave(
        new Option('--lifetime <time>', 'for how long, such as 12h; 90d at most').argParser(
          typedDuration,
        ),
      ),
    )
    .action((options: Parameters<typeof grantClearance>[0]) =>
      run(() => grantClearance(options, ground)),
    )
  changing('revoke', 'end a clearance, or take back a refusal')
    .argument('<id>')
    .action((id: string, options: GuardOptions & { readonly why: string }) =>
      run(() => revokeClearance({ ...options, id }, ground)),
    )
  changing('settle', 'confirm a step-up by hand, or refuse it')
    .argument(
      '<challenge>',
      'the id in the refusal, or in the link to your console; or the id of the refused request',
    )
    .addOption(mustHave(new Option('--result <word>').choices(STEP_UP_RESULTS)))
    .option(
      '--lifetime <time>',
      'with the id of a request: for how long; 30d where not said',
      typedDuration,
    )
    .option(
      '--fact <name=value>',
      'a fact of the account that it has changed; repeatable',
      fact,
      {},
    )
    .action(
      (
        challenge: string,
        options: GuardOptions & {
          readonly result: string
          readonly fact: Corrections
          readonly lifetime?: string
          readonly why: string
        },
      ) => run(() => settleChallenge({ ...options, challenge, facts: options.fact }, ground)),
    )
}
