import type { CampaignSummary, Level } from '../core/campaign.ts'
import type { ShadowHit } from '../core/decision.ts'
import type { CallEvent } from '../core/event.ts'
import type {
  CampaignResult,
  EntitiesByLevel,
  LabelSummary,
  LimitSummary,
  RuleSummary,
  Summary,
} from './summary.ts'

/** What the tally asks of the campaigns that were found. */
export type FoundCampaigns = {
  readonly list: () => readonly CampaignSummary[]
  readonly members: (id: string) => readonly string[]
  /** Highest level an entity has reached so far. */
  readonly highestLevel: (entity: string) => Level
}

/** How the last judgement of one call came out. */
export type Outcome = {
  readonly event: CallEvent
  readonly label: string
  /** Whose call it is, also where the guard could not know. */
  readonly entity: string
  /** Challenges that were passed on the way to it. */
  readonly solved: number
}

/** What a summary says beside what was counted here. */
type SummaryRest = Pick<
  Summary,
  'wall_s' | 'revision' | 'skipped' | 'cut' | 'accounts' | 'detector'
>

/** Counts what became of the calls of a replay. */
export type Tally = {
  count(outcome: Outcome): void
  readonly calls: number
  readonly latestMs: number | undefined
  summary(rest: SummaryRest): Summary
}

type Counts = {
  -readonly [K in Exclude<keyof LabelSummary, 'entities' | 'entities_by_level'>]: number
}
type LabelCounts = Counts & { readonly entities: Set<string> }
type Hits = { calls: number; shadow: number; readonly entities: Set<string> }
type RuleHits = Hits & { readonly verdict: ShadowHit['verdict']; passed: number }

/** Levels from which on something is done about an entity as a member of its group. */
const ACTION: Level = 2

const noCounts = (): LabelCounts => ({
  calls: 0,
  forwarded: 0,
  reshaped: 0,
  challenged: 0,
  solved: 0,
  throttled: 0,
  denied: 0,
  tokens: 0,
  forwarded_before_action: 0,
  entities: new Set(),
})

const orMake = <V>(map: Map<string, V>, key: string, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** An object in the order of its keys, so that two runs read alike. */
const inOrder = <V, R>(map: ReadonlyMap<string, V>, as: (value: V) => R): { [key: string]: R } =>
  Object.fromEntries(
    [...map].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, as(value)]),
  )

/** An empty tally. Memory grows with entities, labels and rules, not with calls. */
export const createTally = ({ list, members, highestLevel }: FoundCampaigns): Tally => {
  const labels = new Map<string, LabelCounts>()
  const rules = new Map<string, RuleHits>()
  const limits = new Map<string, Hits>()
  const faults = new Map<string, number>()
  let calls = 0
  let firstMs: number | undefined
  let latestMs: number | undefined

  const ruleHits = (rule: string, verdict: RuleHits['verdict']): RuleHits =>
    orMake(rules, rule, () => ({ verdict, calls: 0, shadow: 0, passed: 0, entities: new Set() }))
  const limitHits = (limit: string): Hits =>
    orMake(limits, limit, () => ({ calls: 0, shadow: 0, entities: new Set() }))

  const countRules = ({ ruling }: CallEvent, entity: string): void => {
    if (ruling === undefined) return
    const { decision, admission } = ruling
    if (decision.rule !== undefined) {
      const hits = ruleHits(decision.rule, decision.verdict)
      hits.calls++
      hits.entities.add(entity)
    }
    for (const rule of decision.cleared) ruleHits(rule, 'challenge').passed++
    for (const { rule, verdict } of decision.shadow) ruleHits(rule, verdict).shadow++
    if (admission === undefined) return
    for (const { limit, exceeded, enforced } of admission.states) {
      if (!exceeded) continue
      const hits = limitHits(limit)
      if (!enforced) hits.shadow++
      else {
        hits.calls++
        hits.entities.add(entity)
      }
    }
  }

  const resultOf = (campaign: CampaignSummary): CampaignResult => {
    const byLabel = new Map<string, number>()
    for (const member of members(campaign.id)) {
      for (const [label, { entities }] of labels) {
        if (entities.has(member)) byLabel.set(label, (byLabel.get(label) ?? 0) + 1)
      }
    }
    return {
      id: campaign.id,
      level: campaign.highestLevel,
      first_linked_at: campaign.firstLinkedAtMs,
      first_action_at: campaign.firstActionAtMs ?? null,
      members: campaign.members,
      members_by_label: inOrder(byLabel, (count) => count),
      axes: campaign.axes,
      state: campaign.state,
    }
  }

  const labelOf = ({ entities, ...counts }: LabelCounts): LabelSummary => {
    const byLevel: [number, number, number, number, number] = [0, 0, 0, 0, 0]
    for (const entity of entities) byLevel[highestLevel(entity)]++
    const entities_by_level: EntitiesByLevel = byLevel
    const { calls: all, ...rest } = counts
    return { calls: all, entities: entities.size, ...rest, entities_by_level }
  }

  return {
    count: ({ event, label, entity, solved }) => {
      const counts = orMake(labels, label, noCounts)
      const { ruling, fault, settled, arrival } = event
      calls++
      firstMs ??= arrival.atMs
      latestMs = arrival.atMs
      counts.calls++
      counts.entities.add(entity)
      counts.solved += solved
      countRules(event, entity)
      if (fault !== undefined) faults.set(fault, (faults.get(fault) ?? 0) + 1)
      if (fault !== undefined || ruling === undefined || ruling.verdict === 'deny') counts.denied++
      else if (ruling.verdict === 'challenge') counts.challenged++
      else if (ruling.verdict === 'throttle') counts.throttled++
      else {
        counts.forwarded++
        if (event.reshaped !== undefined && event.reshaped.changed.length > 0) counts.reshaped++
        if (settled !== undefined) counts.tokens += settled.inputTokens + settled.outputTokens
        if (highestLevel(entity) < ACTION) counts.forwarded_before_action++
      }
    },
    get calls() {
      return calls
    },
    get latestMs() {
      return latestMs
    },
    summary: (rest) => ({
      calls,
      wall_s: rest.wall_s,
      labels: inOrder(labels, labelOf),
      campaigns: list().map(resultOf),
      from: firstMs ?? null,
      to: latestMs ?? null,
      revision: rest.revision,
      rules: inOrder(rules, ({ entities, passed, ...hits }): RuleSummary => ({
        ...hits,
        entities: entities.size,
        ...(hits.verdict === 'challenge' && { passed }),
      })),
      limits: inOrder(limits, ({ entities, ...hits }): LimitSummary => ({
        ...hits,
        entities: entities.size,
      })),
      faults: inOrder(faults, (count) => count),
      skipped: rest.skipped,
      cut: rest.cut,
      accounts: rest.accounts,
      detector: rest.detector,
    }),
  }
}
