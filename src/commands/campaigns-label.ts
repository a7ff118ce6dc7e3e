import type { CampaignLabel } from '../core/campaign.ts'
import { summaryView } from '../http/admin/campaigns-view.ts'
import { refuse, type CampaignsGround, type CampaignsOptions } from './campaigns.ts'
import { countText } from './campaigns-figures.ts'
import { askCampaigns, campaignPath } from './campaigns-source.ts'
import { harmless } from './campaigns-table.ts'
import { summaryAnswer } from './campaigns-wire.ts'
import { levelText } from './campaigns-words.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** What `campaigns confirm`, `dismiss`, `raise` and `release` are told. */
export type LabelOptions = CampaignsOptions & {
  readonly id: string
  readonly act: CampaignLabel['act']
  readonly level?: number | undefined
  readonly entity?: string | undefined
  readonly note: string
}

const DONE: { readonly [A in CampaignLabel['act']]: string } = {
  confirm: 'confirmed',
  dismiss: 'dismissed',
  raise: 'raised',
  release: 'released',
}

/**
 * Says something of a campaign to a running guard, which keeps it in its audit under the name of the
 * token. What a guard left in its folder cannot be told anything: the detector holds it in memory.
 */
export const labelCampaign = async (
  options: LabelOptions,
  ground: CampaignsGround,
): Promise<ExitCode> => {
  const { admin, id, act, level, entity, note } = options
  if (admin === undefined) {
    return refuse(
      {
        exit: EXIT.usage,
        what: `campaigns ${act} is said to a running guard: name it with --admin, and its token in STILLWATCH_TOKEN`,
      },
      ground,
    )
  }
  const answer = await askCampaigns(admin, campaignPath(id, '/label'), summaryAnswer, {
    id,
    write: { act, level, entity, note },
  })
  if (!answer.ok) {
    const nobody = answer.exit === EXIT.problems && entity !== undefined
    const what = nobody
      ? `there is no campaign ${JSON.stringify(id)}, or ${JSON.stringify(entity)} is no member of it`
      : answer.what
    return refuse({ exit: answer.exit, what }, ground)
  }
  const campaign = answer.value
  const held =
    act === 'raise' && level !== undefined
      ? `; held at ${level} or more until it is released or dismissed`
      : ''
  ground.streams.out.write(
    options.json
      ? `${JSON.stringify(summaryView(campaign))}\n`
      : `${DONE[act]}${entity === undefined ? '' : ` ${harmless(entity)} of`} ${harmless(campaign.id)}: ${campaign.state}, level ${levelText(campaign.level)}, ${countText(campaign.members)} ${campaign.members === 1 ? 'member' : 'members'}${held}\n`,
  )
  return EXIT.done
}
