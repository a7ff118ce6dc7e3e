import type {
  CampaignEvidence,
  CampaignLabel,
  CampaignMember,
  CampaignMoment,
  Campaigns,
  CampaignSummary,
  DetectorStatus,
} from '../../src/core/campaign.ts'
import {
  actingCampaign,
  hostileCampaign,
  LOOKED_AT_MS,
  type SomeCampaign,
  watchedCampaign,
} from './some-campaigns.ts'

/** A detector with enough proven customers that has just made a pass. */
export const ACTING: DetectorStatus = {
  proven: 1204,
  minReference: 500,
  acting: true,
  missing: [],
  entities: 12_403,
  lastObservedMs: LOOKED_AT_MS - 60_000,
  lastPassMs: LOOKED_AT_MS - 120_000,
}

/** One that knows too few. */
export const NOT_ACTING: DetectorStatus = {
  ...ACTING,
  proven: 417,
  acting: false,
  missing: ['417 proven customers of the 500 needed'],
}

const WHAT = {
  confirm: 'confirmed',
  dismiss: 'dismissed',
  raise: 'raised',
  release: 'released',
} as const satisfies Record<CampaignLabel['act'], CampaignMoment['what']>

const summaryOf = (evidence: CampaignEvidence): CampaignSummary => ({
  id: evidence.id,
  level: evidence.level,
  highestLevel: evidence.highestLevel,
  score: evidence.score,
  axes: evidence.axes,
  members: evidence.members,
  firstLinkedAtMs: evidence.firstLinkedAtMs,
  firstActionAtMs: evidence.firstActionAtMs,
  lastSeenAtMs: evidence.lastSeenAtMs,
  state: evidence.state,
})

const labelled = (
  { evidence, members }: SomeCampaign,
  label: CampaignLabel,
): SomeCampaign | undefined => {
  const { act, entity, by, note, atMs } = label
  const released = act === 'release' || act === 'dismiss'
  if (entity !== undefined && !members.some((member) => member.entity === entity)) return undefined
  const left: readonly CampaignMember[] =
    entity === undefined
      ? released
        ? []
        : members
      : members.filter((member) => member.entity !== entity)
  const level =
    act === 'raise' ? (label.level ?? evidence.level) : left.length === 0 ? 0 : evidence.level
  return {
    members: left,
    evidence: {
      ...evidence,
      level,
      highestLevel: level > evidence.highestLevel ? level : evidence.highestLevel,
      members: left.length,
      state:
        act === 'dismiss'
          ? 'dismissed'
          : act === 'confirm'
            ? 'confirmed'
            : left.length === 0
              ? 'ended'
              : 'acting',
      history: [
        ...evidence.history,
        { atMs, what: entity === undefined ? WHAT[act] : 'member_released', level, by, note },
      ],
    },
  }
}

/** A detector of canned campaigns that takes labels and remembers them. */
export const createMemoryCampaigns = (
  options: {
    readonly status?: DetectorStatus
    readonly campaigns?: readonly SomeCampaign[]
  } = {},
): Campaigns & { readonly labels: readonly CampaignLabel[] } => {
  const known = new Map(
    (options.campaigns ?? [watchedCampaign(), hostileCampaign(), actingCampaign()]).map((one) => [
      one.evidence.id,
      one,
    ]),
  )
  const labels: CampaignLabel[] = []
  return {
    labels,
    status: () => Promise.resolve(options.status ?? ACTING),
    list: () => Promise.resolve([...known.values()].map(({ evidence }) => summaryOf(evidence))),
    show: (id) => Promise.resolve(known.get(id)?.evidence),
    members: (id) => Promise.resolve(known.get(id)?.members),
    label: (label) => {
      labels.push(label)
      const one = known.get(label.campaign)
      const after = one && labelled(one, label)
      if (after === undefined) return Promise.resolve(undefined)
      known.set(label.campaign, after)
      return Promise.resolve(summaryOf(after.evidence))
    },
  }
}
