import type { Mark, Observation } from '../core/campaign.ts'
import { DAY_MS } from '../core/time.ts'
import { evidenceOf, membersOf, summaryOf } from './campaign-views.ts'
import type { Detector, DetectorOptions } from './detector-seam.ts'
import { createDetectorState, type DetectorState } from './detector-state.ts'
import { applyLabel } from './labelling.ts'
import { runPass, WINDOW_DAYS } from './pass.ts'
import { provenBy } from './link/link.ts'
import { createWatchedValues } from './link/watched-values.ts'

/** Entities that are remembered at most: about 230 MB a million. */
const MAX_ENTITIES = 4_000_000
/** An observation from further ahead than this is taken as of now: one wrong clock must not end all marks. */
const AHEAD_MS = 2 * DAY_MS

const earlier = (atMs: number | undefined, nowMs: number): number | undefined =>
  atMs === undefined ? undefined : Math.min(atMs, nowMs)

const restoredState = (options: DetectorOptions, maxEntities: number): DetectorState => {
  const { saved, onMark, onProblem } = options
  const fresh = (): DetectorState => createDetectorState({ maxEntities, onMark })
  if (saved === undefined) return fresh()
  try {
    return createDetectorState({ maxEntities, onMark, saved })
  } catch (error) {
    // Whatever is wrong with it: beginning anew is the only safe answer, and it is said.
    onProblem?.(
      `the saved state is not used: ${error instanceof Error ? error.message : 'unreadable'}`,
    )
    return fresh()
  }
}

/** See {@link Detector}. `maxEntities` bounds its memory. */
export const createDetector = (
  options: DetectorOptions,
  { maxEntities = MAX_ENTITIES }: { readonly maxEntities?: number } = {},
): Detector => {
  const { minReference, passMs, ceiling, level4Score } = options
  const state = restoredState(options, maxEntities)
  const { entities, campaigns, marking, edges, conversations, tasks, pivot, shown, clock } = state
  const watched = createWatchedValues()
  watched.rebuild(campaigns.values())

  const pass = (nowMs: number): void => {
    const parts = { entities, campaigns, marking, edges, conversations, pivot, shown }
    const acted = clock.acting
    const passed = runPass({ ...parts, minReference, acted, ceiling, level4Score }, nowMs)
    clock.proven = passed.proven
    clock.acting = passed.acting
    watched.rebuild(campaigns.values())
    const today = Math.floor(nowMs / DAY_MS)
    if (today !== clock.sweptDay) entities.sweep(today - WINDOW_DAYS)
    clock.sweptDay = today
    clock.lastPassMs = nowMs
    clock.nextPassMs = (Math.floor(nowMs / passMs) + 1) * passMs
  }
  /** Where time went back by more than two passes the clock was wrong before, and would stop all passes. */
  const setBack = (nowMs: number): void => {
    if (clock.nextPassMs === undefined || clock.nextPassMs <= nowMs + 2 * passMs) return
    clock.nextPassMs = (Math.floor(nowMs / passMs) + 1) * passMs
    clock.lastObservedMs = earlier(clock.lastObservedMs, nowMs)
    clock.lastPassMs = earlier(clock.lastPassMs, nowMs)
    clock.sweptDay = undefined
    clock.aheadMs = undefined
  }
  const passIfDue = (nowMs: number): void => {
    if (clock.nextPassMs !== undefined && nowMs >= clock.nextPassMs) pass(nowMs)
  }
  const followWork = (row: number, observation: Observation, proven: boolean): void => {
    const { traits, atMs, forwarded, model, tokens } = observation
    if (!forwarded) return
    // What the upstream refused used nothing. Whoever makes it again elsewhere is the one who carries on.
    const isServed = tokens > 0
    if (isServed && model !== undefined) pivot.observe(row, atMs, model, proven)
    if (traits === undefined) return
    const other = isServed ? conversations.observe(row, atMs, traits, proven) : undefined
    if (other !== undefined) edges.add(row, other, 'handover', atMs)
    const match = tasks.observe(row, atMs, traits, proven)
    for (const entity of match?.entities ?? []) edges.add(row, entity, 'task', atMs, match?.task)
  }
  const take = (observation: Observation): void => {
    const { row, changed } = entities.take(observation)
    if (changed !== 0) shown.note(observation)
    const owner = marking.ownerOf(row)
    const proven = provenBy(entities.columns(), (at) => marking.isHeld(at))(row)
    followWork(row, observation, proven)
    if (owner !== undefined) {
      owner.lastSeenAtMs = Math.max(owner.lastSeenAtMs, observation.atMs)
      if (observation.forwarded && owner.levels.firstActionAtMs !== undefined)
        owner.forwardedAfter++
    } else if (changed !== 0 && !proven) {
      for (const campaign of watched.of(entities.columns(), row)) {
        marking.weigh(campaign, row, false, observation.atMs)
        marking.say(campaign, row, observation.atMs)
      }
    }
  }

  return {
    observe: (given) => {
      const { atMs, id } = given
      if (!Number.isFinite(atMs) || atMs <= 0 || given.entity === '') return
      const latestMs = clock.lastObservedMs
      const isAhead =
        latestMs !== undefined && atMs > latestMs + AHEAD_MS && clock.aheadMs === undefined
      // A second one from there confirms that time has really gone on: a quiet night, or a replay with gaps.
      clock.aheadMs = isAhead ? atMs : undefined
      const observation = isAhead ? { ...given, atMs: latestMs } : given
      if (!state.recentIds.add(id)) return
      passIfDue(observation.atMs)
      clock.nextPassMs ??= (Math.floor(observation.atMs / passMs) + 1) * passMs
      clock.lastObservedMs = Math.max(latestMs ?? 0, observation.atMs)
      take(observation)
    },
    tick: (nowMs) => {
      setBack(nowMs)
      passIfDue(nowMs)
    },
    status: () => {
      const { proven, acting, lastObservedMs, lastPassMs } = clock
      const missing = acting
        ? []
        : [
            `${proven} proven entities called in the last ${WINDOW_DAYS} days; ${minReference} are needed`,
          ]
      const size = entities.size()
      return { proven, minReference, acting, missing, entities: size, lastObservedMs, lastPassMs }
    },
    list: () =>
      [...campaigns.values()]
        .map(summaryOf)
        .toSorted((a, b) => b.level - a.level || b.score - a.score || (a.id < b.id ? -1 : 1)),
    show: (id) => {
      const campaign = campaigns.get(id)
      return campaign && evidenceOf(campaign, entities, clock.lastObservedMs ?? 0)
    },
    members: (id) => {
      const campaign = campaigns.get(id)
      return campaign && membersOf(campaign, entities)
    },
    label: (label) => {
      const campaign = campaigns.get(label.campaign)
      if (campaign === undefined || !applyLabel({ entities, marking }, campaign, label))
        return undefined
      watched.rebuild(campaigns.values())
      return summaryOf(campaign)
    },
    marks: () => {
      const nowMs = clock.lastObservedMs ?? 0
      const marks: Mark[] = []
      for (const campaign of campaigns.values()) {
        for (const [row, member] of campaign.members) {
          const mark = marking.inForce(campaign, row, member)
          if (mark !== undefined && mark.untilMs > nowMs) marks.push(mark)
        }
      }
      return marks
    },
    save: () => state.save(),
  }
}
