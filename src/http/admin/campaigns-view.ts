import type {
  AxisEvidence,
  CampaignEvidence,
  CampaignMember,
  CampaignMoment,
  CampaignSummary,
  DetectorStatus,
  LinkEvidence,
} from '../../core/campaign.ts'

/** RFC 3339; `undefined`, and so absent, for what has not happened. */
const timeOf = (ms: number | undefined): string | undefined =>
  ms === undefined || !Number.isFinite(ms) ? undefined : new Date(ms).toISOString()

/** How the detector is doing, on the wire. */
export const statusView = (status: DetectorStatus): object => ({
  acting: status.acting,
  missing: status.missing,
  proven: status.proven,
  min_reference: status.minReference,
  entities: status.entities,
  last_observed_at: timeOf(status.lastObservedMs),
  last_pass_at: timeOf(status.lastPassMs),
})

/** One line about a campaign, on the wire. */
export const summaryView = (summary: CampaignSummary): object => ({
  id: summary.id,
  state: summary.state,
  level: summary.level,
  highest_level: summary.highestLevel,
  score: summary.score,
  axes: summary.axes,
  members: summary.members,
  first_linked_at: timeOf(summary.firstLinkedAtMs),
  first_action_at: timeOf(summary.firstActionAtMs),
  last_seen_at: timeOf(summary.lastSeenAtMs),
})

const linkView = ({ family, shown, entities, expected, lift, llr }: LinkEvidence): object => ({
  family,
  shown,
  entities,
  expected,
  lift,
  llr,
})

const axisView = (evidence: AxisEvidence): object => ({
  axis: evidence.axis,
  positive: evidence.positive,
  measured: evidence.measured,
  // Where nothing could be measured there is no figure.
  value: evidence.unknown === true ? undefined : evidence.value,
  threshold: evidence.threshold,
  reference: evidence.reference,
  adds: evidence.adds,
  remembered: evidence.remembered,
})

const momentView = ({ atMs, what, level, by, note }: CampaignMoment): object => ({
  at: timeOf(atMs),
  what,
  level,
  by,
  note,
})

/** Everything known of a campaign, on the wire; listed field by field, so that nothing shows by accident. */
export const evidenceView = (evidence: CampaignEvidence): object => ({
  ...summaryView(evidence),
  links: evidence.links.map(linkView),
  judged: evidence.judged.map(axisView),
  linked: evidence.linked,
  hubs: evidence.hubs.map(linkView),
  edges: {
    handed_over: evidence.edges.handedOver,
    repeated_tasks: evidence.edges.repeatedTasks,
  },
  members_by_day: evidence.membersByDay.map(({ dayMs, members }) => ({
    day: timeOf(dayMs)?.slice(0, 10),
    members,
  })),
  forwarded_before: evidence.forwardedBefore,
  forwarded_after: evidence.forwardedAfter,
  history: evidence.history.map(momentView),
  clears: evidence.clears,
})

/** One entity of a campaign, on the wire. */
export const memberView = (member: CampaignMember): object => ({
  entity: member.entity,
  probability: member.probability,
  joined_at: timeOf(member.joinedAtMs),
  level: member.level,
  calls: member.calls,
})
