import { InvalidArgumentError, Option, type Command } from 'commander'
import { EXPORT_FORMATS, type ExportFormat } from '../http/admin/campaigns-export.ts'
import type { CampaignLabel } from '../core/campaign.ts'
import { exportCampaign } from './campaigns-export.ts'
import { labelCampaign } from './campaigns-label.ts'
import {
  listCampaigns,
  listMembers,
  showCampaign,
  type CampaignsGround,
  type CampaignsOptions,
} from './campaigns.ts'
import type { ExitCode } from './exit.ts'

const MAX_PAGE = 1_000

const page = (text: string): number => {
  const count = Number(text)
  if (!/^\d{1,4}$/.test(text) || count < 1 || count > MAX_PAGE)
    throw new InvalidArgumentError(`Write a whole number from 1 to ${MAX_PAGE}.`)
  return count
}

const level = (text: string): number => {
  if (!/^[1-4]$/.test(text)) throw new InvalidArgumentError('Write 1, 2, 3 or 4.')
  return Number(text)
}

const entity = (text: string): string => {
  if (text === '' || text.length > 256) throw new InvalidArgumentError('Write 1 to 256 characters.')
  return text
}

const note = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('Say why.')
  return text
}

const LABELS: readonly (readonly [act: CampaignLabel['act'], says: string])[] = [
  ['confirm', 'say that it is one, so that it stays'],
  [
    'dismiss',
    'say that it is none: its members are released and what linked them alone never links again; export first, who they were is not kept',
  ],
  ['raise', 'act harder than the detector would by itself, and hold it there; it never lowers'],
  [
    'release',
    'release one member, or all with what is known now; export first, who they were is not kept',
  ],
]

/**
 * Adds `campaigns` with its commands. Each gets its settings and source options from `command`, and its
 * exit code is told to `run`.
 */
export const addCampaigns = (
  program: Command,
  ground: CampaignsGround,
  run: (work: () => Promise<ExitCode>) => Promise<void>,
): void => {
  const campaigns = program
    .command('campaigns')
    .description('what was found of accounts that behave as one, why, and what would clear it')
  const command = (name: string, description: string): Command =>
    campaigns
      .command(name)
      .description(description)
      .addOption(new Option('--config <file>', 'settings file').default('config/guard.yaml'))
      .option('--json', 'print JSON', false)
      .option('--admin <url>', 'a running guard, asked with STILLWATCH_TOKEN')

  const reading = (name: string, description: string): Command =>
    command(name, description).addOption(
      new Option('--data <folder>', 'a data folder, in place of that of the settings').conflicts(
        'admin',
      ),
    )

  reading('list', 'all campaigns, and why nothing is acted on where nothing is')
    .option('--entity <account>', 'only the campaign this account, or its entity, is in', entity)
    .action((options: CampaignsOptions & { readonly entity?: string }) =>
      run(() => listCampaigns(options, ground)),
    )
  reading('show', 'one campaign: what its members share, how it was judged, what would clear it')
    .argument('<id>')
    .action((id: string, options: CampaignsOptions) =>
      run(() => showCampaign({ ...options, id }, ground)),
    )
  reading('members', 'its members, of the most probable first')
    .argument('<id>')
    .option('--limit <n>', 'members on a page', page, 50)
    .option('--after <place>', 'the place the last page named')
    .action(
      (
        id: string,
        options: CampaignsOptions & { readonly limit: number; readonly after?: string },
      ) => run(() => listMembers({ ...options, id }, ground)),
    )
  reading('export', 'the campaign with its evidence and all its members')
    .argument('<id>')
    .addOption(new Option('--format <form>').choices(EXPORT_FORMATS).default('json'))
    .option('--out <file>', 'where to; - is standard output', '-')
    .action(
      (
        id: string,
        options: CampaignsOptions & { readonly format: ExportFormat; readonly out: string },
      ) => run(() => exportCampaign({ ...options, id }, ground)),
    )
  for (const [act, says] of LABELS) {
    const label = command(act, says)
      .argument('<id>')
      .requiredOption('--note <text>', 'why; kept in the audit', note)
    if (act === 'raise') label.requiredOption('--level <n>', '1 to 4', level)
    if (act === 'release') label.option('--entity <id>', 'one member; all without')
    label.action(
      (
        id: string,
        options: CampaignsOptions & {
          readonly note: string
          readonly level?: number
          readonly entity?: string
        },
      ) => run(() => labelCampaign({ ...options, id, act }, ground)),
    )
  }
}
