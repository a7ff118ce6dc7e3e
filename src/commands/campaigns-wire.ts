import { z } from 'zod'
import {
  AXES,
  type AxisEvidence,
  type CampaignEvidence,
  type CampaignMember,
  type CampaignSummary,
  type DetectorStatus,
} from '../core/campaign.ts'

const MAX_TEXT_CHARS = 2_000

const text = z.string().max(MAX_TEXT_CHARS)
const time = z.iso.datetime().transform((written) => Date.parse(written))
const whole = z.number().int().nonnegative()
const level = z.literal([0, 1, 2, 3, 4])
/** JSON has no infinity and writes null for it; a figure that is not there is shown as such. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)

const status = z
  .object({
    acting: z.boolean(),
    missing: z.array(text).max(50),
    proven: whole,
    min_reference: whole,
    entities: whole,
    last_observed_at: time.optional(),
    last_pass_at: time.optional(),
  })
  .transform((wire): DetectorStatus => ({
    acting: wire.acting,
    missing: wire.missing,
    proven: wire.proven,
    minReference: wire.min_reference,
    entities: wire.entities,
    lastObservedMs: wire.last_observed_at,
    lastPassMs: wire.last_pass_at,
  }))

const summaryFields = z.object({
  id: text,
  state: z.enum(['watched', 'acting', 'confirmed', 'dismissed', 'ended']),
  level,
  highest_level: level,
  score: figure,
  axes: z.array(z.enum(AXES)).max(50),
  members: whole,
  first_linked_at: time,
  first_action_at: time.optional(),
  last_seen_at: time,
})

const toSummary = (wire: z.output<typeof summaryFields>): CampaignSummary => ({
  id: wire.id,
  state: wire.state,
  level: wire.level,
  highestLevel: wire.highest_level,
  score: wire.score,
  axes: wire.axes,
  members: wire.members,
  firstLinkedAtMs: wire.first_linked_at,
  firstActionAtMs: wire.first_action_at,
  lastSeenAtMs: wire.last_seen_at,
})

const link = z.object({
  family: text,
  shown: text,
  entities: whole,
  expected: figure,
  lift: figure,
  llr: figure,
})

const axis = z
  .object({
    axis: z.enum(AXES),
    positive: z.boolean(),
    measured: text,
    value: figure.optional(),
    threshold: figure,
    reference: figure.optional(),
    adds: figure,
    remembered: figure.optional(),
  })
  .transform((wire): AxisEvidence => ({
    ...wire,
    reference: wire.reference,
    value: wire.value ?? 0,
    unknown: wire.value === undefined ? true : undefined,
  }))

const moment = z
  .object({
    at: time,
    what: z.enum([
      'linked',
      'raised',
      'lowered',
      'confirmed',
      'dismissed',
      'released',
      'member_released',
      'ended',
    ]),
    level,
    by: text.optional(),
    note: text.optional(),
  })
  .transform((wire) => ({
    atMs: wire.at,
    what: wire.what,
    level: wire.level,
    by: wire.by,
    note: wire.note,
  }))

const member = z
  .object({
    entity: text,
    probability: figure,
    joined_at: time,
    level,
    calls: whole,
  })
  .transform((wire): CampaignMember => ({
    entity: wire.entity,
    probability: wire.probability,
    joinedAtMs: wire.joined_at,
    level: wire.level,
    calls: wire.calls,
  }))

/** How the detector is doing and what it found, as the admin API tells it; of an entity that was asked about, too. */
export const listAnswer = z.object({
  status,
  total: whole,
  entity: text.optional(),
  member: member.optional(),
  campaigns: z.array(summaryFields.transform(toSummary)),
})

/** One line about a campaign, as the admin API tells it. */
export const summaryAnswer = summaryFields.transform(toSummary)

/** Everything known of a campaign, as the admin API tells it. */
export const evidenceAnswer = summaryFields
  .extend({
    links: z.array(link),
    judged: z.array(axis),
    linked: whole.optional(),
    hubs: z.array(link),
    edges: z.object({ handed_over: whole, repeated_tasks: whole }),
    members_by_day: z.array(z.object({ day: z.iso.date(), members: whole })),
    forwarded_before: whole,
    forwarded_after: whole,
    history: z.array(moment),
    clears: z.array(text),
  })
  .transform((wire): CampaignEvidence => ({
    ...toSummary(wire),
    links: wire.links,
    judged: wire.judged,
    linked: wire.linked,
    hubs: wire.hubs,
    edges: { handedOver: wire.edges.handed_over, repeatedTasks: wire.edges.repeated_tasks },
    membersByDay: wire.members_by_day.map(({ day, members }) => ({
      dayMs: Date.parse(day),
      members,
    })),
    forwardedBefore: wire.forwarded_before,
    forwardedAfter: wire.forwarded_after,
    history: wire.history,
    clears: wire.clears,
  }))

/** A page of members, as the admin API tells it. */
export const membersAnswer = z.object({
  campaign: text,
  total: whole,
  members: z.array(member),
  next: text.optional(),
})
