import type { Sketch, Traits } from '../../core/traits.ts'
import { createTaskTable, TASK_BANDS } from './task-table.ts'

/** A long task that others asked too. */
export type TaskMatch = {
  /** Number of the task, the same as long as it is remembered; variants of one task have the same. */
  readonly task: number
  /** The latest others that asked it, at most {@link TASK_RING}. */
  readonly entities: readonly number[]
}

/** Notices long tasks that several entities ask. */
export interface Tasks {
  readonly size: number
  readonly bytes: number
  /** Takes one call. `undefined` where it begins no conversation, has no long task, or nobody else asked it. */
  observe(entity: number, atMs: number, traits: Traits, proven: boolean): TaskMatch | undefined
  /** Forgets an entity, whose number may be given to another. */
  drop(entity: number): void
  save(): Uint8Array
}

const BINS_PER_BAND = 4
/** FNV-1a over the bins of a band, by words (public domain, Fowler, Noll, Vo); 0 is kept for "none". */
const bandOf = (bins: Uint32Array, band: number): number => {
  let hash = 0x811c_9dc5 ^ band
  for (let i = band * BINS_PER_BAND; i < (band + 1) * BINS_PER_BAND; i++) {
    hash = Math.imul(hash ^ (bins[i] ?? 0), 0x0100_0193)
    hash ^= hash >>> 15
  }
  return hash >>> 0 || 1
}

const bandsOf = ({ bins }: Sketch): Uint32Array => {
  const bands = new Uint32Array(TASK_BANDS)
  for (let band = 0; band < TASK_BANDS; band++) bands[band] = bandOf(bins, band)
  return bands
}

/**
 * Remembers at most `maxTasks` tasks (as shipped 1,000,000, some 80 bytes each) for 14 days. Two tasks are
 * the same where five of eight bands of four bins agree, which means a Jaccard similarity of about 0.88 and
 * more. A task that three proven entities asked, or that is one of `known`, is public with all its variants:
 * a benchmark, a tutorial, an assignment; it matches nobody. One customer alone, who may be in league, makes
 * nothing public, and its own asking matches nobody either. Only first calls of conversations count, so that a conversation handed
 * over is not a task repeated as well. `onPublic` is told of a task that had matched and turned out public.
 */
export const createTasks = (
  options: {
    readonly saved?: Uint8Array | undefined
    readonly maxTasks?: number
    readonly known?: Iterable<Sketch>
    readonly onPublic?: ((task: number) => void) | undefined
  } = {},
): Tasks => {
  const table = createTaskTable({ maxTasks: options.maxTasks ?? 1_000_000, saved: options.saved })
  for (const sketch of options.known ?? []) {
    const bands = bandsOf(sketch)
    table.publish(table.find(bands) ?? table.add(bands, undefined, Number.MAX_SAFE_INTEGER))
  }
  /** Entities to be forgotten, all at once before anything is added. */
  const gone = new Set<number>()
  const sweep = (): void => {
    if (gone.size === 0) return
    table.drop(gone)
    gone.clear()
  }

  return {
    get size() {
      return table.size
    },
    get bytes() {
      return table.bytes
    },
    observe: (entity, atMs, traits, proven) => {
      if (!traits.root || traits.task === undefined) return undefined
      sweep()
      const bands = bandsOf(traits.task)
      const found = table.find(bands)
      const row = found ?? table.add(bands, proven ? undefined : entity, atMs)
      if (proven) {
        if (table.vouch(row, entity, atMs)) options.onPublic?.(table.familyOf(row))
        return undefined
      }
      if (found === undefined) return undefined
      const entities = table.ask(row, entity, atMs)
      return entities.length === 0 ? undefined : { task: table.familyOf(row), entities }
    },
    drop: (entity) => {
      gone.add(entity)
    },
    save: () => {
      sweep()
      return table.save()
    },
  }
}
