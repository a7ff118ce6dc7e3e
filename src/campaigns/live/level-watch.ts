import type { CampaignLabel, CampaignSummary, Level } from '../../core/campaign.ts'
import type { Detector } from '../detector-seam.ts'
import type { DetectorReport } from './detector-protocol.ts'

/** Tells which campaigns of a detector changed their level, each change once. */
export type LevelWatch = {
  /** Reports what the judge changed since the last look. */
  readonly look: () => void
  /** Hands a label to the detector and reports it; what it changes is no news of the judge. */
  readonly label: (label: CampaignLabel) => CampaignSummary | undefined
}

/** A watch over a detector as it stands: whatever it came to before was told before. */
export const createLevelWatch = (
  detector: Pick<Detector, 'list' | 'label'>,
  report: (report: DetectorReport) => void,
): LevelWatch => {
  let levels: ReadonlyMap<string, Level> = new Map()
  const renew = (campaigns: readonly CampaignSummary[]): void => {
    levels = new Map(campaigns.map(({ id, level }) => [id, level]))
  }
  const look = (): void => {
    const before = levels
    const campaigns = detector.list()
    renew(campaigns)
    for (const { id: campaign, level: to, members, axes, score } of campaigns) {
      const from = before.get(campaign) ?? 0
      if (from !== to) report({ what: 'level', campaign, from, to, members, axes, score })
    }
  }
  renew(detector.list())
  return {
    look,
    label: (label) => {
      // What the judge did before is its own.
      look()
      const from = levels.get(label.campaign) ?? 0
      const said = detector.label(label)
      if (said === undefined) return undefined
      renew(detector.list())
      const { id: campaign, level: to, members, axes } = said
      const { act, by } = label
      const ofOne = label.entity !== undefined
      report({ what: 'labelled', campaign, act, ofOne, by, from, to, members, axes })
      return said
    },
  }
}
