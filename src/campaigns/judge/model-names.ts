import { DAY_MS } from '../../core/time.ts'

/** What {@link ModelNames} remembers. */
export type ModelNamesState = {
  /** Names that are no news any more. */
  readonly known: readonly string[]
  /** Names that may still turn out new: first served call, and the proven entities that called since. */
  readonly candidates: readonly (readonly [
    model: string,
    firstMs: number,
    callers: readonly number[],
  ])[]
  /** Names that an entity was the first to call. */
  readonly opened: readonly (readonly [entity: number, names: number])[]
  /** Names that somebody unproven was the first to call. */
  readonly unproven: number
}

/** Tells a new model from one that was there before. */
export interface ModelNames {
  /**
   * Takes a served call; `isNews` is false while everything that is called was there before. True for the
   * call that shows its model to be new, once a model.
   */
  isRelease(entity: number, atMs: number, model: string, proven: boolean, isNews: boolean): boolean
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): ModelNamesState
}

/** Proven entities that show a model to be new: the word of fewer is theirs alone. */
const RELEASE_CALLERS = 5
/** Time in which they call it. What takes longer was there already and is only being found. */
const GATHERS_MS = 3 * DAY_MS
const NAMES_MOST = 16_384
const UNPROVEN_NAMES_MOST = NAMES_MOST / 2
/** Names that one entity may be the first to call; it adds none beyond. */
const NAMES_EACH_MOST = 64
const MODEL_CHARS_MOST = 200

type Candidate = { readonly firstMs: number; callers: readonly number[] }

/**
 * A model is new when five proven entities call it within three days of the first call that anybody made.
 * Names are never evicted, so that none is new twice: at most 16,384 are remembered (some 2 MB), half of
 * them for names that unproven entities call first, 64 for each entity; names beyond that are no news.
 * Fine-tunes (`ft:`) belong to their account and do not count.
 */
export const createModelNames = (saved?: ModelNamesState): ModelNames => {
  const known = new Set(saved?.known)
  const candidates = new Map<string, Candidate>()
  for (const [model, firstMs, callers] of saved?.candidates ?? [])
    candidates.set(model, { firstMs, callers })
  const opened = new Map(saved?.opened)
  let unproven = saved?.unproven ?? 0

  /** Entities to be forgotten, all at once before anything is counted. */
  const gone = new Set<number>()
  const sweep = (): void => {
    if (gone.size === 0) return
    for (const candidate of candidates.values())
      candidate.callers = candidate.callers.filter((entity) => !gone.has(entity))
    gone.clear()
  }
  const opens = (entity: number, proven: boolean): boolean => {
    const names = opened.get(entity) ?? 0
    if (names >= NAMES_EACH_MOST || known.size + candidates.size >= NAMES_MOST) return false
    if (!proven && unproven >= UNPROVEN_NAMES_MOST) return false
    opened.set(entity, names + 1)
    if (!proven) unproven++
    return true
  }
  const settle = (model: string): void => {
    candidates.delete(model)
    known.add(model)
  }

  return {
    isRelease: (entity, atMs, model, proven, isNews) => {
      if (known.has(model)) return false
      if (model.length > MODEL_CHARS_MOST || model.startsWith('ft:')) return false
      sweep()
      const candidate = candidates.get(model)
      if (candidate === undefined) {
        if (!opens(entity, proven)) return false
        if (isNews) candidates.set(model, { firstMs: atMs, callers: proven ? [entity] : [] })
        else known.add(model)
        return false
      }
      if (atMs - candidate.firstMs > GATHERS_MS) {
        settle(model)
        return false
      }
      if (!proven || candidate.callers.includes(entity)) return false
      candidate.callers = [...candidate.callers, entity]
      if (candidate.callers.length < RELEASE_CALLERS) return false
      settle(model)
      return true
    },
    drop: (entity) => {
      opened.delete(entity)
      gone.add(entity)
    },
    save: () => {
      sweep()
      return {
        known: [...known],
        candidates: [...candidates].map(([model, { firstMs, callers }]) => [
          model,
          firstMs,
          callers,
        ]),
        opened: [...opened],
        unproven,
      }
    },
  }
}
