import type { Note } from './app-shared-words.ts'
import type { DetectorReport } from './campaigns/live/detector-protocol.ts'

type Moved = Extract<DetectorReport, { readonly what: 'level' | 'labelled' }>

const fieldsOf = ({ campaign, from, to, members, axes }: Moved): object => ({
  campaign,
  level: to,
  level_before: from,
  members,
  axes,
})

const membersText = ({ members }: Moved): string =>
  `${members} ${members === 1 ? 'member' : 'members'}`

const LABEL_WORDS = {
  confirm: 'confirmed',
  dismiss: 'dismissed',
  raise: 'raised',
  release: 'released',
} as const

/** What befell the detection of campaigns. No call fails or waits because of it. */
export const campaignNote = (report: DetectorReport): Note => {
  const kind = `campaigns_${report.what}`
  switch (report.what) {
    case 'set_aside':
      return {
        kind,
        level: 'warn',
        fields: { to: report.to },
        text: `campaigns: the saved state was set aside, since ${report.because}; detection goes on with what it journaled, and marks hold until they run out`,
      }
    case 'restored': {
      const { observations, refused } = report
      return {
        kind,
        level: 'info',
        fields: { observations, refused },
        text: 'campaigns: what was observed since the last save was read back',
      }
    }
    case 'problem':
      return { kind, level: 'warn', fields: {}, text: `campaigns: ${report.because}` }
    case 'files_failing':
      return {
        kind,
        level: 'warn',
        fields: {},
        text: `campaigns: their files in data_dir cannot be written (${report.because}); detection goes on, a restart would lose what it learns meanwhile: free space there`,
      }
    case 'files_work':
      return { kind, level: 'info', fields: {}, text: 'campaigns: their files are written again' }
    case 'restarted':
      return {
        kind,
        level: 'warn',
        fields: {},
        text: `campaigns: detection ended (${report.because}) and is begun anew from what it saved; marks hold meanwhile`,
      }
    case 'lagging':
      return {
        kind,
        level: 'warn',
        fields: { lag_ms: report.lagMs },
        text: 'campaigns: detection is more than a minute behind the calls; marks hold meanwhile: see whether it has a core to itself',
      }
    case 'caught_up':
      return { kind, level: 'info', fields: {}, text: 'campaigns: detection has caught up' }
    case 'level': {
      const { campaign, from, to, axes, score } = report
      const raised = to > from
      const why = axes.length === 0 ? 'no axis' : axes.join(', ')
      return {
        kind: raised ? 'campaign_raised' : 'campaign_lowered',
        level: raised ? 'warn' : 'info',
        fields: { ...fieldsOf(report), score: Number(score.toFixed(1)) },
        text: `campaigns: the judge ${raised ? 'raised' : 'lowered'} ${campaign} from level ${from} to ${to} (${membersText(report)}; ${why}): stillwatch campaigns show ${campaign} says why`,
      }
    }
    case 'labelled': {
      const { campaign, act, ofOne, by, to } = report
      return {
        kind: 'campaign_labelled',
        level: 'info',
        fields: { ...fieldsOf(report), act, of_one_member: ofOne, by: `token ${by}` },
        text: `campaigns: token ${by} ${LABEL_WORDS[act]} ${ofOne ? 'one member of ' : ''}${campaign}, which is at level ${to} now (${membersText(report)})`,
      }
    }
  }
}
