import { DAY_MS } from '../../core/time.ts'
import { createModelNames } from './model-names.ts'
import { pivotFromBytes, pivotToBytes, type Release } from './release-calls.ts'

/** How a group met the latest release of a model, each entity counted once whatever its volume. */
export type PivotSample = {
  readonly model: string
  /** Entities of the group that called before the release and within 24 h after it. */
  readonly entities: number
  /** Mean share of their calls in those 24 h that went to the new model, 0 to 1. */
  readonly moved: number
  /** The same of everybody else. */
  readonly othersEntities: number
  readonly othersMoved: number
}

/** Watches who moves to a new model within a day of its release. */
export interface Pivot {
  /** Takes one call that was served: a refusal by the upstream says nothing about a model. */
  observe(entity: number, atMs: number, model: string, proven: boolean): void
  /** The release at which the group moved most above everybody else; `undefined` where there was none. */
  of(entities: ReadonlySet<number>, nowMs: number): PivotSample | undefined
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

const RELEASES_MOST = 4
const RELEASE_LIVE_MS = 14 * DAY_MS
/** What is called in the first two days was there before. */
const WARM_MS = 2 * DAY_MS

/** Entities that called the new model. */
const callersOf = ({ by }: Release): number => {
  let callers = 0
  for (const { moved } of by.values()) if (moved > 0) callers++
  return callers
}

const sampleOf = ({ model, by }: Release, entities: ReadonlySet<number>): PivotSample => {
  const inside = { n: 0, share: 0 }
  const others = { n: 0, share: 0 }
  for (const [entity, { calls, moved }] of by) {
    const sum = entities.has(entity) ? inside : others
    sum.n++
    sum.share += moved / calls
  }
  return {
    model,
    entities: inside.n,
    moved: inside.n === 0 ? 0 : inside.share / inside.n,
    othersEntities: others.n,
    othersMoved: others.n === 0 ? 0 : others.share / others.n,
  }
}

/**
 * A release is the moment at which five proven entities have called a model that nobody called before (see
 * {@link createModelNames}), after two days of watching. Keeps the calls of each entity in the 24 h after each
 * of four releases, for 14 days; a fifth takes the place of one that is over, or else of the one that the
 * fewest went to. Four bytes an entity, and some 80 for each that calls on such a day. `saved` is what
 * {@link Pivot.save} gave; anything else starts empty.
 */
export const createPivot = (options: { readonly saved?: Uint8Array | undefined } = {}): Pivot => {
  const restored = options.saved && pivotFromBytes(options.saved)
  const names = createModelNames(restored?.names)
  let firstSeenS = restored?.firstSeenS ?? new Uint32Array(1_024)
  let releases: readonly Release[] = restored?.releases ?? []
  let startMs = restored?.startMs

  const open = (model: string, fromMs: number): void => {
    const live = releases.filter((release) => fromMs - release.fromMs < RELEASE_LIVE_MS)
    const kept = live.toSorted((a, b) => callersOf(b) - callersOf(a)).slice(0, RELEASES_MOST - 1)
    releases = [...kept, { model, fromMs, by: new Map() }]
  }
  const seenMs = (entity: number, atMs: number): number => {
    if (entity >= firstSeenS.length) {
      const larger = new Uint32Array(Math.ceil((entity + 1) * 1.5))
      larger.set(firstSeenS)
      firstSeenS = larger
    }
    const known = firstSeenS[entity] ?? 0
    if (known !== 0) return known * 1_000
    firstSeenS[entity] = Math.ceil(atMs / 1_000)
    return atMs
  }

  return {
    observe: (entity, atMs, model, proven) => {
      startMs ??= atMs
      const isNews = atMs - startMs >= WARM_MS
      if (names.isRelease(entity, atMs, model, proven, isNews)) open(model, atMs)
      const sinceMs = seenMs(entity, atMs)
      for (const { model: released, fromMs, by } of releases) {
        if (atMs < fromMs || atMs - fromMs >= DAY_MS || sinceMs >= fromMs) continue
        const counts = by.get(entity) ?? { calls: 0, moved: 0 }
        counts.calls++
        if (model === released) counts.moved++
        by.set(entity, counts)
      }
    },
    of: (entities, nowMs) =>
      releases
        .filter(({ fromMs }) => nowMs - fromMs < RELEASE_LIVE_MS)
        .map((release) => sampleOf(release, entities))
        .filter((sample) => sample.entities > 0)
        .toSorted((a, b) => b.moved - b.othersMoved - (a.moved - a.othersMoved))[0],
    drop: (entity) => {
      if (entity < firstSeenS.length) firstSeenS[entity] = 0
      names.drop(entity)
      for (const { by } of releases) by.delete(entity)
    },
    save: () => pivotToBytes({ startMs, names: names.save(), releases, firstSeenS }),
  }
}
