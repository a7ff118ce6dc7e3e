import type {
  AxisEvidence,
  CampaignEvidence,
  CampaignMember,
  Level,
  LinkEvidence,
} from '../../src/core/campaign.ts'
import { DAY_MS } from '../../src/core/time.ts'
import { createSeededRandom } from './seeded-random.ts'

/** When the campaigns of these tests are looked at. */
export const LOOKED_AT_MS = Date.UTC(2026, 10, 21, 3, 5)

const at = (day: number, hour: number, minute = 0): number => Date.UTC(2026, 10, day, hour, minute)

/** A campaign with its members. */
export type SomeCampaign = {
  readonly evidence: CampaignEvidence
  readonly members: readonly CampaignMember[]
}

const AXIS_NONE: readonly AxisEvidence[] = [
  {
    axis: 'routing',
    positive: false,
    measured: '1.4 networks per ten calls in the median',
    value: 1.4,
    threshold: 5,
    reference: 1.2,
    adds: 0,
  },
  {
    axis: 'value',
    positive: false,
    measured: 'p = 0.03 in the weakest of three windows',
    value: 0.03,
    threshold: 0.001,
    reference: undefined,
    adds: 0,
  },
  {
    axis: 'handover',
    positive: false,
    measured: '41 of 63,118 conversations went on elsewhere',
    value: 0.00065,
    threshold: 0.002,
    reference: 0.0004,
    adds: 0.3,
  },
  {
    axis: 'pivot',
    positive: false,
    measured: 'no new model in this time',
    value: 0,
    threshold: 0.4,
    reference: 0.06,
    adds: 0,
  },
]

const LINKS: readonly LinkEvidence[] = [
  {
    family: 'client+template',
    shown: 'openai-py 1.61.0 + #8f31c2',
    entities: 1204,
    expected: 0.21,
    lift: 5733,
    llr: 9218,
  },
  { family: 'stack', shown: '#5be07a', entities: 812, expected: 3.1, lift: 262, llr: 3714 },
  {
    family: 'funding+week',
    shown: 'active prepaid GB 2026-W45',
    entities: 301,
    expected: 9.4,
    lift: 32,
    llr: 751,
  },
]

/** Members in the order of a detector, most probable first, joining over the days before. */
export const someMembers = (
  count: number,
  seed: number,
  about: { readonly name: string; readonly firstMs: number; readonly days: number; level: Level },
): CampaignMember[] => {
  const random = createSeededRandom(seed)
  return Array.from({ length: count }, (_, index) => ({
    entity: `${about.name}_${(0x100000 + index * 7919).toString(16)}`,
    probability: Math.round((0.999 - (index / count) * 0.45) * 1e4) / 1e4,
    joinedAtMs: about.firstMs + random(about.days * 1000) * (DAY_MS / 1000),
    level: about.level,
    calls: 20 + random(140),
  }))
}

const byDay = (members: readonly CampaignMember[], fromMs: number, days: number) =>
  Array.from({ length: days }, (_, index) => {
    const dayMs = Math.floor(fromMs / DAY_MS) * DAY_MS + index * DAY_MS
    return { dayMs, members: members.filter((m) => m.joinedAtMs < dayMs + DAY_MS).length }
  })

/** One that acts, with `members` members of which the first days brought most. */
export const actingCampaign = (members = 2431): SomeCampaign => {
  const all = someMembers(members, 11, { name: 'acct', firstMs: at(12, 9, 10), days: 8, level: 2 })
  return {
    members: all,
    evidence: {
      id: 'c-20261112-7f3a',
      level: 2,
      highestLevel: 2,
      score: 17.4,
      axes: ['uniformity', 'client', 'supply'],
      members,
      firstLinkedAtMs: at(12, 9, 10),
      firstActionAtMs: at(12, 14, 5),
      lastSeenAtMs: at(21, 3, 2),
      state: 'acting',
      links: LINKS,
      judged: [
        {
          axis: 'uniformity',
          positive: true,
          measured: 'weekly calls spread by 0.18 (sd of the log), median day CV 0.19',
          value: 0.18,
          threshold: 1.2,
          reference: 1.74,
          adds: 6,
        },
        {
          axis: 'client',
          positive: true,
          measured: '64 % of members tell another system in the body than in the headers',
          value: 0.64,
          threshold: 0.3,
          reference: 0.02,
          adds: 5.4,
        },
        {
          axis: 'supply',
          positive: true,
          measured: 'log-likelihood ratio 751 of prepaid cards bought in one week',
          value: 751,
          threshold: 20,
          reference: undefined,
          adds: 6,
        },
        ...AXIS_NONE,
      ],
      hubs: [
        {
          family: 'template',
          shown: '#c0ffee',
          entities: 1977,
          expected: 1850,
          lift: 1.07,
          llr: 4.3,
        },
      ],
      edges: { handedOver: 41, repeatedTasks: 118 },
      membersByDay: byDay(all, at(12, 9, 10), 10),
      forwardedBefore: 12_301,
      forwardedAfter: 806,
      history: [
        { atMs: at(12, 9, 10), what: 'linked', level: 0, by: undefined, note: undefined },
        { atMs: at(12, 14, 5), what: 'raised', level: 2, by: undefined, note: undefined },
        {
          atMs: at(13, 8, 30),
          what: 'confirmed',
          level: 2,
          by: 'ops',
          note: 'same invoices, see ticket 4411',
        },
      ],
      clears: ['no new calls of its members for 14 days', 'fewer than 2 positive axes for 72 h'],
    },
  }
}

/** A class of students: linked, one axis, never acted on. */
export const watchedCampaign = (): SomeCampaign => {
  const all = someMembers(38, 12, { name: 'student', firstMs: at(16, 7), days: 3, level: 0 })
  return {
    members: all,
    evidence: {
      id: 'c-20261116-02b1',
      level: 0,
      highestLevel: 0,
      score: 3.1,
      axes: ['uniformity'],
      members: 38,
      firstLinkedAtMs: at(16, 7),
      firstActionAtMs: undefined,
      lastSeenAtMs: at(20, 18, 40),
      state: 'watched',
      links: [
        {
          family: 'template+asn',
          shown: '#19ad44 + AS680',
          entities: 38,
          expected: 0.4,
          lift: 95,
          llr: 135,
        },
      ],
      judged: AXIS_NONE,
      hubs: [],
      edges: { handedOver: 0, repeatedTasks: 3 },
      membersByDay: byDay(all, at(16, 7), 5),
      forwardedBefore: 1_912,
      forwardedAfter: 0,
      history: [{ atMs: at(16, 7), what: 'linked', level: 0, by: undefined, note: undefined }],
      clears: ['no new calls of its members for 14 days'],
    },
  }
}

/** One whose members named themselves to hurt whoever opens a table or a terminal. */
export const hostileCampaign = (): SomeCampaign => {
  const names = [
    `=cmd|' /C calc'!A0`,
    '+1+cmd',
    '-2+3',
    '@SUM(1+9)',
    '\t=1+1',
    '\r\n=1+1',
    '＝1+1',
    'quoted "name", with comma',
    'two\nlines',
    '\u001b[31mred\u001b[0m\u001b]0;title\u0007',
    '\u202eevil.csv',
    'plain',
  ]
  const members = names.map((entity, index): CampaignMember => ({
    entity,
    probability: 0.9,
    joinedAtMs: at(18, 1, index),
    level: 1,
    calls: index,
  }))
  return {
    members,
    evidence: {
      ...watchedCampaign().evidence,
      id: 'c-20261118-beef',
      level: 1,
      highestLevel: 3,
      score: 8.2,
      axes: ['client', 'supply'],
      members: members.length,
      firstLinkedAtMs: at(18, 1),
      firstActionAtMs: at(18, 2),
      lastSeenAtMs: at(21, 2),
      state: 'dismissed',
      links: [
        {
          family: 'client',
          shown: `=HYPERLINK("http://evil.example","\u001b[2Jclick")`,
          entities: 12,
          expected: 0.5,
          lift: 24,
          llr: 26,
        },
      ],
      history: [
        { atMs: at(18, 1), what: 'linked', level: 0, by: undefined, note: undefined },
        { atMs: at(19, 1), what: 'dismissed', level: 0, by: 'ops', note: '@note\u001b[1m bold' },
      ],
    },
  }
}
