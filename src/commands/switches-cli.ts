import { InvalidArgumentError, Option, type Command } from 'commander'
import type { ExitCode } from './exit.ts'
import {
  clearSwitch,
  confirmSwitch,
  listSwitches,
  resetSwitches,
  setSwitch,
  type SwitchesGround,
  type SwitchesOptions,
} from './switches.ts'
import { typedDuration, typedWhy } from './typed-values.ts'

const perCent = (text: string): number => {
  if (!/^\d{1,3}(?:\.\d{1,6})?$/.test(text) || Number(text) > 100)
    throw new InvalidArgumentError('Write a number from 0 to 100.')
  return Number(text)
}

type Why = { readonly why?: string | undefined }
type Back = Why & { readonly confirm: boolean }

/**
 * Adds `switches` with its commands. Each asks a running guard with the token of `STILLWATCH_TOKEN`, and its
 * exit code is told to `run`.
 */
export const addSwitches = (
  program: Command,
  ground: SwitchesGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
): void => {
  const switches = program
    .command('switches')
    .description('mode and rollout of rules and limits on the running fleet, beside the files')
  const command = (name: string, description: string): Command =>
    switches
      .command(name)
      .description(description)
      .option('--json', 'print JSON', false)
      .requiredOption('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')
  const changing = (name: string, description: string): Command =>
    command(name, description).option('--why <text>', 'kept in the audit', typedWhy)

  const weighed = (one: Command): Command =>
    one.option('--confirm', 'go on unweighed, whomever it may refuse', false)

  command('list', 'what is switched, against what the files say').action(
    (options: SwitchesOptions) => run(() => listSwitches(options, ground)),
  )
  weighed(command('set', 'switch a rule or limit, in place of an earlier switch of it'))
    .argument('<id>', 'of a rule or limit')
    .addOption(new Option('--mode <mode>').choices(['enforce', 'shadow', 'off']))
    .option('--rollout <per cent>', 'of entities', perCent)
    .option(
      '--for <time>',
      'return by itself after so long, such as 30m, unless confirmed',
      typedDuration,
    )
    .requiredOption('--why <text>', 'kept with the switch and in the audit', typedWhy)
    .action((id: string, options: Omit<Parameters<typeof setSwitch>[0], 'id'>) =>
      run(() => setSwitch({ ...options, id }, ground)),
    )
  changing('confirm', 'let a switch stay that would return by itself')
    .argument('<id>')
    .action((id: string, options: SwitchesOptions & Why) =>
      run(() => confirmSwitch({ ...options, id }, ground)),
    )
  weighed(changing('clear', 'take a switch back: as the file says'))
    .argument('<id>')
    .action((id: string, options: SwitchesOptions & Back) =>
      run(() => clearSwitch({ ...options, id }, ground)),
    )
  weighed(changing('reset', 'take all switches back: everything as the files say')).action(
    (options: SwitchesOptions & Back) => run(() => resetSwitches(options, ground)),
  )
}
