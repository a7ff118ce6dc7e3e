import { InvalidArgumentError, type Command } from 'commander'
import {
  backtest,
  type BacktestGround,
  type BacktestOptions,
  type TriedSwitch,
} from './backtest.ts'
import type { ExitCode } from './exit.ts'

const MODES = ['enforce', 'shadow', 'off']

/** `id=shadow`, `id=25%` or `id=file`, added to those before it. */
const triedSwitch = (text: string, before: readonly TriedSwitch[]): readonly TriedSwitch[] => {
  const [, id = '', value = ''] = /^([\w.-]{1,64})=(.{1,10})$/.exec(text) ?? []
  const rollout = /^(\d{1,3}(?:\.\d{1,4})?)%$/.exec(value)?.[1]
  const share = Number(rollout)
  if (value === 'file') return [...before, { id }]
  if (rollout !== undefined && share <= 100) return [...before, { id, rollout: share }]
  if (MODES.includes(value)) return [...before, { id, mode: value }]
  throw new InvalidArgumentError(
    'Write the id of a rule or limit and enforce, shadow, off, a share such as 25%, or file for what the file says: tor=shadow.',
  )
}

const pattern = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
]

const callCount = (text: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(text) || Number(text) > 100_000)
    throw new InvalidArgumentError('Write a whole number from 1 to 100000.')
  return Number(text)
}

/** Adds `backtest`. It asks a running guard with the token of `STILLWATCH_TOKEN`. */
export const addBacktest = (
  program: Command,
  ground: BacktestGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
): void => {
  program
    .command('backtest')
    .description('say what other policies or switches would have made of recorded decisions')
    .option('--json', 'print JSON', false)
    .requiredOption('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')
    .option('--policies <glob>', 'all documents, in place of those in force; repeatable', pattern)
    .option(
      '--switch <id=mode>',
      'a switch, such as tor=shadow or tor=25%; repeatable',
      triedSwitch,
      [],
    )
    .option('--limit <n>', 'recorded calls to look at; 10000 unless told', callCount)
    .action((options: BacktestOptions) => run(() => backtest(options, ground)))
}
