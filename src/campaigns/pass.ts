import type { Level } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { Campaign } from './campaign.ts'
import { absorberOf, matchCampaigns } from './campaign-match.ts'
import { silencedBy, withoutDismissed } from './dismissed.ts'
import type { Conduct } from './judge/conduct.ts'
import type { Conversations } from './link/conversations.ts'
import { createCountSketch } from './link/count-sketch.ts'
import { isRegrowth } from './judge/axis-handover.ts'
import type { Entities } from './link/entities.ts'
import { conductOf, valueOf } from './link/entity-conduct.ts'
import type { Group as JudgedGroup, Regrowth } from './judge/group.ts'
import { groupEntities, type Group } from './link/groups.ts'
import { hubsOf } from './link/hubs.ts'
import { judge } from './judge/judge.ts'
import { nextLevel } from './judge/levels.ts'
import { LEAST_ENTITIES, linkEntities, provenBy, type Linking } from './link/link.ts'
import type { Marking } from './marking.ts'
import { profileOf } from './link/membership.ts'
import type { Pivot } from './judge/pivot.ts'
import { referenceOf, type Reference } from './judge/reference.ts'
import type { ShownValues } from './link/shown-values.ts'
import type { StrongEdges } from './link/strong-edges.ts'
import { keyHash53 } from './link/value-hash.ts'

/** Days after which an entity that does not call is out of the picture. */
export const WINDOW_DAYS = 21
/** A group of which fewer than ten called in seven days is gone. */
const LIVE_DAYS = 7
const LIVE_ENTITIES = 10
/** Milliseconds after which a campaign without a group ends. */
const ENDS_AFTER_MS = 14 * DAY_MS
const ENDED_KEPT = 200
/** Days before members were shut out, whose newcomers tell how fast it grew by itself. */
const PACE_DAYS = 7
const LINKS_SHOWN = 20
/** Entities that are read for a reference, and for judging one group, at most; spread over all. */
const REFERENCE_MOST = 20_000
const JUDGED_MOST = 5_000
/** Entities that two kinds of strong edges make a group of. */
const EDGES_OF_TWO_KINDS = 10
const INSTRUMENT_KIND = 20
const TWO_21 = 2_097_152
const SHUT_OUT_FROM: Level = 3
/** Share of the proven ones asked for with which it goes on once it acted, so that a dip lifts no marks. */
const STILL_ENOUGH = 0.8

/** Everything a pass works on. */
export type PassParts = {
  readonly entities: Entities
  readonly campaigns: Map<string, Campaign>
  readonly marking: Marking
  readonly edges: StrongEdges
  readonly conversations: Conversations
  readonly pivot: Pivot
  readonly shown: ShownValues
  readonly minReference: number
  /** Whether there were enough proven ones at the last pass. */
  readonly acted: boolean
  readonly ceiling: Level
  readonly level4Score: number | undefined
}

const some = (rows: readonly number[], most: number): readonly number[] => {
  if (rows.length <= most) return rows
  const step = rows.length / most
  return Array.from({ length: most }, (_, i) => rows[Math.floor(i * step)] ?? 0)
}

const activeRows = (entities: Entities, today: number): Uint32Array => {
  const { lastDay } = entities.columns()
  const rows = new Uint32Array(entities.rows())
  let n = 0
  for (let row = 0; row < rows.length; row++) {
    const last = lastDay[row] ?? 0
    if (last > 0 && last >= today - WINDOW_DAYS) rows[n++] = row
  }
  return rows.slice(0, n)
}

/**
 * Newcomers of the day after members were shut out, against the pace at which members began before: a group
 * that was still growing when it was found is no regrowth. The pace is by first calls, since all who were
 * there when it was found joined in one moment.
 */
const regrowthOf = (
  { members, shutOutAtMs }: Campaign,
  firstDay: ArrayLike<number>,
): Regrowth | undefined => {
  if (shutOutAtMs === undefined) return undefined
  const shutOutDay = Math.floor(shutOutAtMs / DAY_MS)
  let joined = 0
  let before = 0
  let earliest = shutOutDay
  for (const [row, { joinedAtMs }] of members) {
    const began = firstDay[row] ?? 0
    if (joinedAtMs > shutOutAtMs && joinedAtMs <= shutOutAtMs + DAY_MS && began >= shutOutDay)
      joined++
    if (began >= shutOutDay || began < shutOutDay - PACE_DAYS) continue
    before++
    earliest = Math.min(earliest, began)
  }
  // Shut out on the day it began, there is no pace to compare with.
  return before === 0 ? undefined : { joined, expected: before / (shutOutDay - earliest) }
}

const instrumentCounter = (entities: Entities, active: Uint32Array) => {
  const columns = entities.columns()
  const sketch = createCountSketch(active.length * 8)
  const wordsOf = (instrument: number): readonly [low: number, high: number] => {
    const hash = keyHash53(INSTRUMENT_KIND, instrument, 0, 0)
    return [hash >>> 0, Math.trunc(hash / TWO_21) >>> 0]
  }
  for (const row of active) {
    const instrument = valueOf(columns, row, 'instrument')
    if (instrument !== undefined) sketch.add(...wordsOf(instrument))
  }
  return (instrument: number): number => sketch.atMost(...wordsOf(instrument))
}

const describe = (
  parts: PassParts,
  campaign: Campaign,
  group: Group,
  linking: Linking,
  nowMs: number,
): void => {
  campaign.rows = group.rows
  campaign.linkedBy = group.linkedBy
  campaign.groupedAtMs = nowMs
  campaign.lastSeenAtMs = nowMs
  campaign.linkCounts = new Map(group.links.map(({ hash, n }) => [hash, n]))
  campaign.links = group.links.slice(0, LINKS_SHOWN).map((link) => parts.shown.evidenceOf(link))
  campaign.hubs = hubsOf(parts.entities.columns(), group, linking).map((link) =>
    parts.shown.evidenceOf(link),
  )
  campaign.edges = parts.edges.within(group.rows, nowMs)
}

/**
 * One pass: counts, links, groups, judges and marks, over the entities of the last three weeks. Gives how
 * many proven ones there are, and whether they are enough.
 */
export const runPass = (
  parts: PassParts,
  nowMs: number,
): { readonly proven: number; readonly acting: boolean } => {
  const { entities, campaigns, marking, edges } = parts
  const columns = entities.columns()
  const today = Math.floor(nowMs / DAY_MS)
  const active = activeRows(entities, today)
  const isProven = provenBy(columns, (row) => marking.isHeld(row))
  const linking = linkEntities({ columns, active, isProven, nowMs })
  const acting = linking.proven >= (parts.acted ? STILL_ENOUGH : 1) * parts.minReference
  const tiedGroups = edges
    .components(nowMs, { minEntities: EDGES_OF_TWO_KINDS })
    .filter(
      ({ entities: rows, handedOver, repeatedTasks }) =>
        rows.length >= LEAST_ENTITIES || (handedOver > 0 && repeatedTasks > 0),
    )
  const components = withoutDismissed(tiedGroups, campaigns.values())
  const isLive = (row: number): boolean => (columns.lastDay[row] ?? 0) > today - LIVE_DAYS
  const groups = groupEntities(linking, components, silencedBy(campaigns.values())).filter(
    ({ rows }) => [...rows].filter(isLive).length >= LIVE_ENTITIES,
  )

  const provenRows = some(
    [...active].filter((row) => isProven(row)),
    REFERENCE_MOST,
  )
  const instruments = instrumentCounter(entities, active)
  const conduct = (row: number): Conduct => conductOf(columns, row, nowMs, instruments)
  const reference: Reference = referenceOf(provenRows.map(conduct), parts.conversations.reference())
  const isTied = new Set(components.flatMap(({ entities: rows }) => rows))

  const matched = new Map(
    matchCampaigns(groups, campaigns, nowMs).map(({ campaign, group }) => [campaign, group]),
  )
  const options = { ceiling: parts.ceiling, level4Score: parts.level4Score, acting }
  const levelled = (campaign: Campaign, of: JudgedGroup | undefined): void => {
    const before = campaign.levels
    const axes = of === undefined ? [] : judge(of, reference)
    if (of !== undefined) campaign.judged = axes
    const regrowth = of !== undefined && isRegrowth(of)
    campaign.levels = nextLevel(before, { axes, regrowth }, options, nowMs)
    noteLevel(parts, campaign, before.level, nowMs)
  }
  for (const campaign of campaigns.values()) {
    const { levels, endedAtMs } = campaign
    if (matched.has(campaign) || endedAtMs !== undefined) continue
    if (levels.operator !== undefined || levels.floor > 0) continue
    const absorber = absorberOf(campaign, matched)
    if (absorber === undefined || absorber.levels.level < levels.level) continue
    marking.moveAll(campaign, absorber)
    endCampaign(parts, campaign, nowMs)
  }
  for (const [campaign, group] of matched) {
    describe(parts, campaign, group, linking, nowMs)
    const tied = new Set(
      group.linkedBy.has('edges') ? [...group.rows].filter((r) => isTied.has(r)) : [],
    )
    const { rows } = group
    campaign.profile = profileOf({
      columns,
      rows,
      linking,
      reference: provenRows,
      edges: tied,
      nowMs,
    })
    for (const row of new Set([...rows, ...campaign.members.keys()])) {
      if (isProven(row)) marking.leave(campaign, row, nowMs)
      else marking.weigh(campaign, row, rows.has(row), nowMs)
    }
    levelled(campaign, {
      conduct: some([...rows], JUDGED_MOST).map(conduct),
      linkedBy: group.linkedBy,
      edges: campaign.edges,
      pivot: parts.pivot.of(rows, nowMs),
      members: rows.size,
      regrowth: regrowthOf(campaign, columns.firstDay),
    })
    marking.sayAll(campaign, nowMs)
  }
  for (const campaign of campaigns.values()) {
    if (matched.has(campaign) || campaign.endedAtMs !== undefined) continue
    for (const row of campaign.members.keys())
      if (isProven(row)) marking.leave(campaign, row, nowMs)
    levelled(campaign, undefined)
    // What an operator holds stands with its members, profile and marks until it is let go.
    if (campaign.levels.floor === 0 && nowMs - campaign.groupedAtMs >= ENDS_AFTER_MS)
      endCampaign(parts, campaign, nowMs)
    else marking.sayAll(campaign, nowMs)
  }
  forgetEnded(campaigns)
  return { proven: linking.proven, acting }
}

/** Keeps the counts that hang on the first action, and the hour in which members were shut out. */
export const noteLevel = (
  { entities }: Pick<PassParts, 'entities'>,
  campaign: Campaign,
  before: Level,
  nowMs: number,
): void => {
  const { level, firstActionAtMs } = campaign.levels
  if (before < SHUT_OUT_FROM && level >= SHUT_OUT_FROM) campaign.shutOutAtMs = nowMs
  if (firstActionAtMs !== nowMs) return
  const { forwarded } = entities.columns()
  campaign.forwardedBefore = 0
  campaign.forwardedAfter = 0
  for (const row of campaign.members.keys()) campaign.forwardedBefore += forwarded[row] ?? 0
}

const endCampaign = ({ marking }: PassParts, campaign: Campaign, nowMs: number): void => {
  marking.leaveAll(campaign, nowMs)
  campaign.endedAtMs = nowMs
  // By its rows a dismissed one is known for good.
  if (campaign.levels.operator !== 'dismissed') campaign.rows = new Set()
  campaign.profile = undefined
  const moment = { atMs: nowMs, what: 'ended', level: 0, by: undefined, note: undefined } as const
  campaign.levels = { ...campaign.levels, level: 0, history: [...campaign.levels.history, moment] }
}

const forgetEnded = (campaigns: Map<string, Campaign>): void => {
  const ended = [...campaigns.values()]
    .filter(({ endedAtMs, levels }) => endedAtMs !== undefined && levels.operator !== 'dismissed')
    .toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))
  for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) campaigns.delete(id)
}
