import type { CampaignSummary, DetectorStatus } from '../core/campaign.ts'
import type { ShadowHit } from '../core/decision.ts'

/** Entities by the highest level they reached, 0 to 4. */
export type EntitiesByLevel = readonly [number, number, number, number, number]

/** What became of the calls of one label. Each call counts once, by its final ruling. */
export type LabelSummary = {
  readonly calls: number
  readonly entities: number
  readonly forwarded: number
  /** Among the forwarded. */
  readonly reshaped: number
  readonly challenged: number
  /** Challenges passed. */
  readonly solved: number
  readonly throttled: number
  /** Refused for good, also where no policy was needed for it: see {@link Summary.faults}. */
  readonly denied: number
  /** Settled tokens of forwarded calls. */
  readonly tokens: number
  /** Forwarded before their entity was first on level 2 or more. */
  readonly forwarded_before_action: number
  readonly entities_by_level: EntitiesByLevel
}

/** One campaign, as it stood at the end. */
export type CampaignResult = {
  readonly id: string
  /** Its highest. */
  readonly level: number
  readonly first_linked_at: number
  readonly first_action_at: number | null
  readonly members: number
  readonly members_by_label: { readonly [label: string]: number }
  readonly axes: CampaignSummary['axes']
  readonly state: CampaignSummary['state']
}

/** How often one rule matched. */
export type RuleSummary = {
  readonly verdict: ShadowHit['verdict']
  /** Calls it decided, and whose they were. */
  readonly calls: number
  readonly entities: number
  /** Calls it would have decided, were it enforced for everyone. */
  readonly shadow: number
  /** Calls that it let go on, since their caller had passed what it asks for; of challenges alone. */
  readonly passed?: number
}

/** How often one limit had no room. */
export type LimitSummary = {
  /** Calls it refused, and whose they were. */
  readonly calls: number
  readonly entities: number
  /** Calls it would have refused, were it enforced for everyone. */
  readonly shadow: number
}

/** How what finds campaigns stood at the end. */
export type DetectorSummary = Pick<DetectorStatus, 'proven' | 'acting' | 'missing'> & {
  /** Proven entities below which all campaigns stay at level 0. */
  readonly min_reference: number
}

/** Accounts of the calls against the accounts file. */
export type AccountsSummary = {
  /** Different accounts that the calls name. */
  readonly named: number
  /** Those of them that the file does not hold. */
  readonly unknown: number
  /** Calls of the latter, which were judged as those of nobody known. */
  readonly unknown_calls: number
}

/** What a replay came to. Times are milliseconds since 1970. */
export type Summary = {
  readonly calls: number
  readonly wall_s: number
  readonly labels: { readonly [label: string]: LabelSummary }
  readonly campaigns: readonly CampaignResult[]
  /** Arrival of the first and of the last call; `null` where there was none. */
  readonly from: number | null
  readonly to: number | null
  /** Policy that judged. */
  readonly revision: string
  readonly rules: { readonly [rule: string]: RuleSummary }
  readonly limits: { readonly [limit: string]: LimitSummary }
  /** Calls that the guard refused before any policy, or could not serve, by the code of the fault. */
  readonly faults: { readonly [code: string]: number }
  /** Lines of the trace that were left out. */
  readonly skipped: number
  /** Whether the trace is damaged or cut off, so that this is about its first part alone. */
  readonly cut: boolean
  readonly accounts: AccountsSummary
  readonly detector: DetectorSummary
}
