import type { Level, Mark } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import type { Campaign, Member } from './campaign.ts'
import { FLAG_WAS_PROVEN, type Entities } from './link/entities.ts'
import { SLOTS, VALUES_PER_ENTITY } from './link/families.ts'
import {
  isTelling,
  MARKED_FROM,
  probabilityOf,
  SEVERE_FROM,
  TELLING_FAMILIES,
  type Profile,
} from './link/membership.ts'

const HOUR_MS = 3_600_000
const LASTS_MS = 72 * HOUR_MS
const RENEWED_MS = 12 * HOUR_MS
/** Highest level of a member that is not as good as certain. */
const LIKELY_LEVEL: Level = 2

/** Level that a member of a campaign gets. */
export const memberLevel = ({ levels }: Campaign, { probability }: Member): Level =>
  probability < MARKED_FROM
    ? 0
    : probability < SEVERE_FROM && levels.level > LIKELY_LEVEL
      ? LIKELY_LEVEL
      : levels.level

/** Who belongs to which campaign, and what was said of it. */
export interface Marking {
  /** The campaign of a row. */
  ownerOf(row: number): Campaign | undefined
  /** Whether an acting campaign holds the row so that proof counts for nothing: it had none when it joined. */
  isHeld(row: number): boolean
  /** Weighs a row against a campaign and takes it in. `isOfGroup` where its profile was read off it too. */
  weigh(campaign: Campaign, row: number, isOfGroup: boolean, nowMs: number): void
  /** Marks one member, where there is anything new to say. */
  say(campaign: Campaign, row: number, nowMs: number): void
  /** Marks all members, and lets those go that no longer look like it. */
  sayAll(campaign: Campaign, nowMs: number): void
  /** Lets one member go. */
  leave(campaign: Campaign, row: number, nowMs: number): void
  leaveAll(campaign: Campaign, nowMs: number): void
  /** Takes a row out with what it shows now: only something new that tells of the campaign brings it back. */
  spare(campaign: Campaign, row: number, nowMs: number): void
  /** Gives the members of one campaign to another that has come to hold them. */
  moveAll(from: Campaign, to: Campaign): void
  /** Forgets a row that stands for nobody any more; its mark runs out. */
  forget(row: number): void
  /** Takes over the members of a campaign that was saved. */
  adopt(campaign: Campaign): void
  /** The mark in force of a member. */
  inForce(campaign: Campaign, row: number, member: Member): Mark | undefined
}

/** Who belongs to which campaign, and what was said of it. One entity belongs to one campaign. */
export const createMarking = (options: {
  readonly entities: Entities
  readonly onMark: (mark: Mark) => void
}): Marking => {
  const { entities, onMark } = options
  const owners = new Map<number, Campaign>()
  /** Who released a row last: what was known then brings it into no other campaign either. */
  const releasedBy = new Map<number, Campaign>()

  const markOf = (campaign: Campaign, row: number, level: Level, atMs: number): Mark => ({
    entity: entities.nameOf(row),
    campaign: campaign.id,
    level,
    score: campaign.levels.score,
    axes: campaign.levels.axes,
    atMs,
    untilMs: atMs + LASTS_MS,
  })
  const say = (campaign: Campaign, row: number, member: Member, nowMs: number): void => {
    const level = memberLevel(campaign, member)
    if (level === member.marked && (level === 0 || nowMs - member.markedAtMs < RENEWED_MS)) return
    member.marked = level
    member.markedAtMs = nowMs
    onMark(markOf(campaign, row, level, nowMs))
  }
  const countCalls = (campaign: Campaign, row: number): void => {
    const sinceMs = campaign.levels.firstActionAtMs
    if (sinceMs === undefined) return
    const { forwarded, firstDay } = entities.columns()
    const calls = forwarded[row] ?? 0
    if (((firstDay[row] ?? 0) + 1) * DAY_MS <= sinceMs) campaign.forwardedBefore += calls
    else campaign.forwardedAfter += calls
  }
  const leave = (campaign: Campaign, row: number, nowMs: number): void => {
    const member = campaign.members.get(row)
    if (member === undefined) return
    campaign.members.delete(row)
    owners.delete(row)
    if (member.marked > 0) onMark(markOf(campaign, row, 0, nowMs))
  }
  const tellsNews = (profile: Profile, row: number, before: readonly number[]): boolean => {
    const { values } = entities.columns()
    return TELLING_FAMILIES.some((family) => {
      const { from, count } = SLOTS[family]
      const known = before.slice(from, from + count)
      const at = row * VALUES_PER_ENTITY + from
      return values
        .subarray(at, at + count)
        .some((value) => value !== 0 && !known.includes(value) && isTelling(profile, family, value))
    })
  }
  const isSpared = (campaign: Campaign, profile: Profile, row: number): boolean => {
    const before = (releasedBy.get(row) ?? campaign).spared.get(row)
    if (before === undefined) return false
    const isNewlyTied = before[VALUES_PER_ENTITY] !== 1 && profile.edges.has(row)
    if (!isNewlyTied && !tellsNews(profile, row, before)) return true
    releasedBy.get(row)?.spared.delete(row)
    releasedBy.delete(row)
    return false
  }
  const wasProven = (row: number): boolean =>
    ((entities.columns().flags[row] ?? 0) & FLAG_WAS_PROVEN) !== 0

  return {
    ownerOf: (row) => owners.get(row),
    isHeld: (row) => {
      const owner = owners.get(row)
      return owner !== undefined && owner.levels.level > 0 && !owner.members.get(row)?.provenBefore
    },
    weigh: (campaign, row, isOfGroup, nowMs) => {
      const { profile, members } = campaign
      if (profile === undefined || isSpared(campaign, profile, row)) return
      const owner = owners.get(row)
      if (owner !== undefined && owner !== campaign && owner.levels.level >= campaign.levels.level)
        return
      const probability = probabilityOf(profile, entities.columns(), row, isOfGroup, nowMs)
      const member = members.get(row)
      if (member !== undefined) {
        member.probability = probability
        return
      }
      if (probability < MARKED_FROM) return
      const provenBefore = owner?.members.get(row)?.provenBefore ?? wasProven(row)
      // It moves without a word in between: the new mark replaces the old one.
      owner?.members.delete(row)
      members.set(row, {
        probability,
        provenBefore,
        joinedAtMs: nowMs,
        marked: 0,
        markedAtMs: nowMs,
      })
      owners.set(row, campaign)
      countCalls(campaign, row)
    },
    say: (campaign, row, nowMs) => {
      const member = campaign.members.get(row)
      if (member !== undefined) say(campaign, row, member, nowMs)
    },
    sayAll: (campaign, nowMs) => {
      for (const [row, member] of campaign.members) {
        if (member.probability < MARKED_FROM) leave(campaign, row, nowMs)
        else say(campaign, row, member, nowMs)
      }
    },
    spare: (campaign, row, nowMs) => {
      const from = row * VALUES_PER_ENTITY
      const { values } = entities.columns()
      const isTied = campaign.profile?.edges.has(row) === true
      const shown = values.subarray(from, from + VALUES_PER_ENTITY)
      releasedBy.get(row)?.spared.delete(row)
      releasedBy.set(row, campaign)
      campaign.spared.set(row, [...shown, isTied ? 1 : 0])
      leave(campaign, row, nowMs)
    },
    leave,
    leaveAll: (campaign, nowMs) => {
      for (const row of campaign.members.keys()) leave(campaign, row, nowMs)
    },
    moveAll: (from, to) => {
      for (const [row, member] of from.members) {
        // Told anew at once, under the other name.
        if (!to.members.has(row)) to.members.set(row, { ...member, markedAtMs: 0 })
        owners.set(row, to)
      }
      from.members.clear()
    },
    forget: (row) => {
      owners.get(row)?.members.delete(row)
      owners.delete(row)
      releasedBy.delete(row)
    },
    adopt: (campaign) => {
      for (const row of campaign.members.keys()) owners.set(row, campaign)
      for (const row of campaign.spared.keys()) releasedBy.set(row, campaign)
    },
    inForce: (campaign, row, member) =>
      member.marked === 0
        ? undefined
        : markOf(campaign, row, memberLevel(campaign, member), member.markedAtMs),
  }
}
