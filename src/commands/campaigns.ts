import type { Campaigns } from '../core/campaign.ts'
import { evidenceView, memberView, statusView, summaryView } from '../http/admin/campaigns-view.ts'
import { entityText } from './campaigns-entity-text.ts'
import { campaignListText } from './campaigns-list-text.ts'
import { campaignMembersText } from './campaigns-members-text.ts'
import { paintFor } from './campaigns-paint.ts'
import { campaignShowText } from './campaigns-show-text.ts'
import { wordOf } from './campaigns-words.ts'
import { fromAdmin, fromDataDir, type Answer, type CampaignSource } from './campaigns-source.ts'
import { EXIT, type ExitCode } from './exit.ts'
import { loadOfflineSettings } from './offline-settings.ts'
import { printProblems, type Streams } from './serve.ts'

/** Reads what a detector left in a data folder; rejects with a plain sentence where there is nothing to read. */
export type ReadCampaigns = (dataDir: string) => Promise<Omit<Campaigns, 'label'>>

/** What every `campaigns` command is told. */
export type CampaignsOptions = {
  readonly config: string
  readonly json: boolean
  /** URL of a running guard; without one the data folder is read. */
  readonly admin?: string | undefined
  /** A data folder to read in place of that of the settings. */
  readonly data?: string | undefined
}

/** What the commands need of the rest: where they write, the time, and how a data folder is read. */
export type CampaignsGround = {
  readonly streams: Streams
  readonly readCampaignsFrom: ReadCampaigns
  readonly nowMs?: (() => number) | undefined
}

/** One sentence on standard error, and the exit code that goes with it. */
export const refuse = (
  { exit, what }: { readonly exit: ExitCode; readonly what: string },
  { streams }: CampaignsGround,
): ExitCode => {
  streams.err.write(`stillwatch: ${what}\n`)
  return exit
}

/** Where the commands read; `undefined` after the problems of the settings were printed. */
export const openSource = (
  options: CampaignsOptions,
  { streams, readCampaignsFrom }: CampaignsGround,
): CampaignSource | undefined => {
  const { admin, data } = options
  if (admin !== undefined) return fromAdmin(admin)
  if (data !== undefined) return fromDataDir(() => readCampaignsFrom(data))
  const loaded = loadOfflineSettings(options.config)
  if (!loaded.ok) {
    printProblems(loaded.problems, options.json, streams)
    return undefined
  }
  const { settings } = loaded
  return fromDataDir(() => readCampaignsFrom(settings.path(settings.data_dir)))
}

const ask = async <T>(
  options: CampaignsOptions,
  ground: CampaignsGround,
  question: (source: CampaignSource) => Promise<Answer<T>>,
  print: (value: T) => string,
): Promise<ExitCode> => {
  const source = openSource(options, ground)
  if (source === undefined) return EXIT.problems
  const answer = await question(source)
  if (!answer.ok) return refuse(answer, ground)
  ground.streams.out.write(print(answer.value))
  return EXIT.done
}

const nowOf = (ground: CampaignsGround): number => (ground.nowMs ?? Date.now)()

const jsonLine = (value: object): string => `${JSON.stringify(value)}\n`

/** ` --admin URL` as it was given, for commands to type next. */
const sourceText = ({ admin, config, data }: CampaignsOptions): string =>
  admin !== undefined
    ? ` --admin ${wordOf(admin)}`
    : data !== undefined
      ? ` --data ${wordOf(data)}`
      : config === 'config/guard.yaml'
        ? ''
        : ` --config ${config}`

/** Lists what was found, and why nothing is acted on where nothing is; of an account, the campaign it is in. */
export const listCampaigns = (
  options: CampaignsOptions & { readonly entity?: string | undefined },
  ground: CampaignsGround,
): Promise<ExitCode> =>
  ask(
    options,
    ground,
    (source) => source.list(options.entity),
    ({ status, campaigns, entity, member }) => {
      if (options.json) {
        return jsonLine({
          status: statusView(status),
          entity,
          member: member && memberView(member),
          campaigns: campaigns.map(summaryView),
        })
      }
      const nowMs = nowOf(ground)
      const guard = options.admin !== undefined
      const { entity: asked } = options
      const sentence =
        asked === undefined
          ? ''
          : entityText({ asked, entity, member, campaign: campaigns[0] }, { nowMs, guard })
      if (asked !== undefined && campaigns.length === 0) return sentence
      const list = campaignListText(status, campaigns, {
        nowMs,
        paint: paintFor(ground.streams.out),
        live: options.data === undefined,
        guard,
        source: sourceText(options),
      })
      return asked === undefined ? list : `${sentence}\n${list}`
    },
  )

/** Says everything known of a campaign. */
export const showCampaign = (
  options: CampaignsOptions & { readonly id: string },
  ground: CampaignsGround,
): Promise<ExitCode> =>
  ask(
    options,
    ground,
    (source) => source.show(options.id),
    (campaign) =>
      options.json
        ? jsonLine(evidenceView(campaign))
        : campaignShowText(campaign, {
            nowMs: nowOf(ground),
            paint: paintFor(ground.streams.out),
            source: sourceText(options),
          }),
  )

/** Lists members of a campaign, a page at a time. */
export const listMembers = (
  options: CampaignsOptions & {
    readonly id: string
    readonly limit: number
    readonly after?: string | undefined
  },
  ground: CampaignsGround,
): Promise<ExitCode> =>
  ask(
    options,
    ground,
    (source) => source.members(options.id, options.limit, options.after),
    ({ total, members, next }) =>
      options.json
        ? jsonLine({ campaign: options.id, total, members: members.map(memberView), next })
        : campaignMembersText(
            { total, members, next, id: options.id, source: sourceText(options) },
            { nowMs: nowOf(ground), paint: paintFor(ground.streams.out) },
          ),
  )
