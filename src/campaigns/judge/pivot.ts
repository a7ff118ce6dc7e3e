import { DAY_MS } from '../../core/time.ts'
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
  /** Takes one call that was forwarded. */
  observe(entity: number, atMs: number, model: string, proven: boolean): void
  /** The release at which the group moved most above everybody else; `undefined` where there was none. */
  of(entities: ReadonlySet<number>, nowMs: number): PivotSample | undefined
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

const MODELS_MOST = 64
const MODEL_CHARS_MOST = 200
const RELEASES_MOST = 4
const RELEASE_LIVE_MS = 14 * DAY_MS
/** What is called in the first two days was there before. */
const WARM_MS = 2 * DAY_MS

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
 * A model is new when a proven entity first calls it after two days of watching: names that only others send
 * open nothing, so nobody can crowd a release out with invented ones. Keeps the calls of each entity in the
 * 24 h after each of the last four releases, for 14 days; at most 64 models, the least lately used gives way.
 * Four bytes an entity, and some 80 for each that calls on such a day. `saved` is what {@link Pivot.save}
 * gave; anything else starts empty.
 */
export const createPivot = (options: { readonly saved?: Uint8Array | undefined } = {}): Pivot => {
  const restored = options.saved && pivotFromBytes(options.saved)
  const models = new Set<string>(restored?.models)
  let firstSeenS = restored?.firstSeenS ?? new Uint32Array(1_024)
  let releases: readonly Release[] = restored?.releases ?? []
  let startMs = restored?.startMs

  const note = (model: string, atMs: number, sinceMs: number): void => {
    const isKnown = models.delete(model)
    models.add(model)
    if (isKnown) return
    for (const oldest of models) {
      if (models.size <= MODELS_MOST) break
      models.delete(oldest)
    }
    if (atMs - sinceMs < WARM_MS) return
    releases = [...releases, { model, fromMs: atMs, by: new Map() }].slice(-RELEASES_MOST)
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
      if (proven && model.length <= MODEL_CHARS_MOST) note(model, atMs, startMs)
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
      for (const { by } of releases) by.delete(entity)
    },
    save: () => pivotToBytes({ startMs, models: [...models], releases, firstSeenS }),
  }
}
