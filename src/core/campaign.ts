import type { Verdict } from './decision.ts'
import type { Traits } from './traits.ts'

/** The seven axes a campaign is judged on, in the order they are told. */
export const AXES = [
  'uniformity',
  'routing',
  'client',
  'value',
  'handover',
  'pivot',
  'supply',
] as const

/** One of {@link AXES}. */
export type Axis = (typeof AXES)[number]

/** What is done about a campaign: 0 observe, 1 reshape, 2 shared budget, 3 a step-up of each member, 4 deny. */
export type Level = 0 | 1 | 2 | 3 | 4

/**
 * What one call tells the detector. Nothing in it is text of a prompt, an address or a credential:
 * networks and instruments are keyed hashes.
 */
export type Observation = {
  /** Decision id of the call; whoever gets the same one twice counts it once. */
  readonly id: string
  /** Milliseconds of the arrival. */
  readonly atMs: number
  readonly entity: string
  /** Whether `campaigns.reference` holds for it; `undefined` where a fact it needs is not known just now. */
  readonly proven: boolean | undefined
  /** Milliseconds at which the account was made; `undefined` where nobody knows. */
  readonly createdAtMs: number | undefined
  readonly network: string
  readonly asn: number | undefined
  readonly country: string | undefined
  /** SDK and version as the headers tell. */
  readonly client: string | undefined
  /** Keyed hash of the client headers with their order and case. */
  readonly stack: string | undefined
  readonly instrument: string | undefined
  /** What the account is paid from: status, funding, issuer, country, joined; `undefined` where none is known. */
  readonly funding: string | undefined
  readonly prepaid: boolean
  /** Shape of the e-mail address at sign-up, in the words of the account source. */
  readonly emailPattern: string | undefined
  readonly model: string | undefined
  /** `undefined` for a call that carries no prompt. */
  readonly traits: Traits | undefined
  readonly verdict: Verdict
  /** Whether the call was forwarded to its upstream. */
  readonly forwarded: boolean
  /** Settled tokens, input and output. */
  readonly tokens: number
}

/** What the detector says of one entity. The latest word about an entity replaces the earlier ones. */
export type Mark = {
  readonly entity: string
  readonly campaign: string
  /** 0 lifts the mark. */
  readonly level: Level
  readonly score: number
  readonly axes: readonly Axis[]
  readonly atMs: number
  /** Void from then on unless renewed, so that the marks of a detector that died grow old and end. */
  readonly untilMs: number
}

/** Marks as later calls read them. Never waits, never throws. */
export interface Marks {
  /** `undefined` where there is none, or it has run out. */
  of(entity: string, nowMs: number): Mark | undefined
}

/** A statistic of one axis against its threshold, for people. */
export type AxisEvidence = {
  readonly axis: Axis
  readonly positive: boolean
  /** What was measured, in one phrase with its unit. */
  readonly measured: string
  readonly value: number
  readonly threshold: number
  /** The same figure of the reference population, where there is one. */
  readonly reference: number | undefined
  /** What the axis adds to the score: natural log of its likelihood ratio, at most 6. */
  readonly adds: number
  /** True where nothing could be measured: `value` is 0 then and says nothing. */
  readonly unknown?: boolean | undefined
  /** What it adds by what was seen earlier while the campaign acted, where that is more than `adds`. */
  readonly remembered?: number | undefined
}

/** A value, or a combination of values, that the members share. */
export type LinkEvidence = {
  /** Families that it is made of, such as `client` or `client+template`. */
  readonly family: string
  /** The shared value as far as it may be shown: a name, or a keyed hash. */
  readonly shown: string
  readonly entities: number
  /** How many unproven entities would show it if they were like the proven ones. */
  readonly expected: number
  readonly lift: number
  /** Log-likelihood ratio against a Poisson of that expectation. */
  readonly llr: number
}

/** Something that changed a campaign, in time order. */
export type CampaignMoment = {
  readonly atMs: number
  readonly what:
    | 'linked'
    | 'raised'
    | 'lowered'
    | 'confirmed'
    | 'dismissed'
    | 'released'
    | 'member_released'
    | 'ended'
  readonly level: Level
  /** Who did it; `undefined` for the judge. */
  readonly by: string | undefined
  readonly note: string | undefined
}

/** One line about a campaign. */
export type CampaignSummary = {
  readonly id: string
  readonly level: Level
  /** Highest level so far. */
  readonly highestLevel: Level
  readonly score: number
  readonly axes: readonly Axis[]
  readonly members: number
  readonly firstLinkedAtMs: number
  /** First time its level was 2 or more. */
  readonly firstActionAtMs: number | undefined
  readonly lastSeenAtMs: number
  readonly state: 'watched' | 'acting' | 'confirmed' | 'dismissed' | 'ended'
}

/** One entity of a campaign. */
export type CampaignMember = {
  readonly entity: string
  /** Probability that it belongs, against the reference population. */
  readonly probability: number
  readonly joinedAtMs: number
  readonly level: Level
  readonly calls: number
}

/** Everything known of a campaign, for operators. */
export type CampaignEvidence = CampaignSummary & {
  readonly links: readonly LinkEvidence[]
  readonly judged: readonly AxisEvidence[]
  /** Accounts the axes were measured over: all that were linked at the last pass, members or not. */
  readonly linked?: number | undefined
  /** Shared values that were left out because many proven entities show them too. */
  readonly hubs: readonly LinkEvidence[]
  readonly edges: { readonly handedOver: number; readonly repeatedTasks: number }
  readonly membersByDay: readonly { readonly dayMs: number; readonly members: number }[]
  /** Calls of its members that were forwarded before and after its first action. */
  readonly forwardedBefore: number
  readonly forwardedAfter: number
  readonly history: readonly CampaignMoment[]
  /** What would end it, one sentence each. */
  readonly clears: readonly string[]
}

/** What an operator says of a campaign or of one member. */
export type CampaignLabel = {
  readonly campaign: string
  /**
   * `confirm`: it is one, keep it. `dismiss`: it is none; its members are released and what linked them
   * alone never links again. `raise`: to `level`, whatever the ceiling. `release`: one `entity`, or all
   * members with what is known now; both can be linked again by new evidence.
   */
  readonly act: 'confirm' | 'dismiss' | 'raise' | 'release'
  readonly level?: Level | undefined
  readonly entity?: string | undefined
  readonly by: string
  readonly note: string
  readonly atMs: number
}

/** How the detector is doing. */
export type DetectorStatus = {
  readonly proven: number
  readonly minReference: number
  /** False while there are too few proven entities: all campaigns stay at level 0 then. */
  readonly acting: boolean
  /** What is missing, one sentence each; empty while acting. */
  readonly missing: readonly string[]
  readonly entities: number
  /** Time of the newest observation taken; `undefined` before the first. */
  readonly lastObservedMs: number | undefined
  readonly lastPassMs: number | undefined
}

/** Questions to a detector, wherever it runs. Reject with a fault where it cannot be reached. */
export interface Campaigns {
  status(): Promise<DetectorStatus>
  list(): Promise<readonly CampaignSummary[]>
  show(id: string): Promise<CampaignEvidence | undefined>
  /** Of the most probable first. */
  members(id: string): Promise<readonly CampaignMember[] | undefined>
  /** Resolves with the campaign as it stands then; `undefined` where there is no such campaign or member. */
  label(label: CampaignLabel): Promise<CampaignSummary | undefined>
}
