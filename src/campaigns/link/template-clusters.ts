import { SKETCH_BINS, type Sketch } from '../../core/traits.ts'
import { pairValue } from './value-hash.ts'

// A cluster is looked up by any of 8 bands of 4 bins and confirmed by half of all bins. Of each bin only the
// low 8 bits are kept (b-bit minwise hashing: Li, Koenig, WWW 2010): two unlike texts agree on 1 in 256.
const BAND_BINS = 4
const BANDS = SKETCH_BINS / BAND_BINS
const ALIKE_BINS = SKETCH_BINS / 2
const WAYS = 4
const EXACT = 1 << 16
const FIRST_ROWS = 1024

/** Wordings that say the same thing, as one value. */
export interface TemplateClusters {
  /**
   * The cluster of a wording: a whole number from 1, never given twice. 0 where it is new and `mayFound`
   * is false.
   */
  of(sketch: Sketch, day: number, mayFound: boolean): number
  /** Forgets what was not used since `oldestDay`. */
  sweep(oldestDay: number): void
  /** The number the next new cluster gets. */
  next(): number
  size(): number
  save(): unknown
  /** Takes what `save` gave; throws where it is something else. */
  restore(saved: unknown): void
}

/**
 * Wordings that say the same thing, as one value: clusters around the first wording seen. About 100 B a
 * cluster; those unused for long are swept, and when there are too many the longest unused half goes.
 */
export const createTemplateClusters = ({
  maxClusters,
}: {
  readonly maxClusters: number
}): TemplateClusters => {
  let rows = 0
  let nextId = 1
  let bins = new Uint8Array(FIRST_ROWS * SKETCH_BINS)
  let ids = new Uint32Array(FIRST_ROWS)
  let lastDay = new Uint16Array(FIRST_ROWS)
  let table = new Uint32Array(FIRST_ROWS * BANDS * 2)
  const exactHash = new Float64Array(EXACT)
  const exactRow = new Uint32Array(EXACT)
  const asked = new Uint8Array(SKETCH_BINS)

  const bucketOf = (from: Uint8Array, at: number, band: number): number => {
    const b = at + band * BAND_BINS
    const word =
      (from[b] ?? 0) |
      ((from[b + 1] ?? 0) << 8) |
      ((from[b + 2] ?? 0) << 16) |
      ((from[b + 3] ?? 0) << 24)
    return (pairValue(word, band) & (table.length / WAYS - 1)) * WAYS
  }
  const enter = (row: number): void => {
    for (let band = 0; band < BANDS; band++) {
      const bucket = bucketOf(bins, row * SKETCH_BINS, band)
      table.copyWithin(bucket + 1, bucket, bucket + WAYS - 1)
      table[bucket] = row + 1
    }
  }
  const rebuild = (room: number): void => {
    const resized = <A extends Uint8Array | Uint16Array | Uint32Array>(to: A, from: A): A => {
      to.set(from.subarray(0, to.length))
      return to
    }
    bins = resized(new Uint8Array(room * SKETCH_BINS), bins)
    ids = resized(new Uint32Array(room), ids)
    lastDay = resized(new Uint16Array(room), lastDay)
    let size = FIRST_ROWS * BANDS
    while (size < room * BANDS) size *= 2
    table = new Uint32Array(size)
    for (let row = 0; row < rows; row++) enter(row)
    exactHash.fill(0)
  }
  const alike = (row: number): number => {
    let equal = 0
    const at = row * SKETCH_BINS
    for (let i = 0; i < SKETCH_BINS; i++) if (bins[at + i] === asked[i]) equal++
    return equal
  }
  const nearest = (): number => {
    let best = -1
    let most = ALIKE_BINS - 1
    for (let band = 0; band < BANDS; band++) {
      const bucket = bucketOf(asked, 0, band)
      for (let way = 0; way < WAYS; way++) {
        const row = (table[bucket + way] ?? 0) - 1
        if (row < 0) break
        if (row === best) continue
        const equal = alike(row)
        if (equal > most) {
          most = equal
          best = row
        }
      }
    }
    return best
  }
  const sweep = (oldestDay: number): void => {
    let kept = 0
    for (let row = 0; row < rows; row++) {
      if ((lastDay[row] ?? 0) < oldestDay) continue
      bins.copyWithin(kept * SKETCH_BINS, row * SKETCH_BINS, (row + 1) * SKETCH_BINS)
      ids[kept] = ids[row] ?? 0
      lastDay[kept] = lastDay[row] ?? 0
      kept++
    }
    if (kept === rows) return
    rows = kept
    rebuild(Math.max(FIRST_ROWS, rows))
  }
  const shed = (day: number): void => {
    sweep(day - 10)
    if (rows < maxClusters) return
    const keep = Math.trunc(maxClusters / 2)
    // All were used of late: the older half by making goes.
    bins.copyWithin(0, (rows - keep) * SKETCH_BINS, rows * SKETCH_BINS)
    ids.copyWithin(0, rows - keep, rows)
    lastDay.copyWithin(0, rows - keep, rows)
    rows = keep
    rebuild(Math.max(FIRST_ROWS, rows))
  }
  const found = (day: number): number => {
    if (rows >= maxClusters) shed(day)
    if (rows === ids.length) rebuild(Math.min(maxClusters, Math.ceil(rows * 1.5)))
    bins.set(asked, rows * SKETCH_BINS)
    ids[rows] = nextId++
    enter(rows)
    return rows++
  }

  return {
    of: (sketch, day, mayFound) => {
      const exact = sketch.hash % EXACT
      let row: number
      if (exactHash[exact] === sketch.hash) row = exactRow[exact] ?? 0
      else {
        for (let i = 0; i < SKETCH_BINS; i++) asked[i] = sketch.bins[i] ?? 0
        row = nearest()
        if (row < 0) {
          if (!mayFound) return 0
          row = found(day)
        }
        exactHash[exact] = sketch.hash
        exactRow[exact] = row
      }
      if ((lastDay[row] ?? 0) < day) lastDay[row] = day
      return ids[row] ?? 0
    },
    sweep,
    next: () => nextId,
    size: () => rows,
    save: () => ({
      nextId,
      bins: bins.slice(0, rows * SKETCH_BINS),
      ids: ids.slice(0, rows),
      lastDay: lastDay.slice(0, rows),
      exactHash,
      exactRow,
      table,
    }),
    restore: (saved) => {
      // Every field is checked here; the checksum over the whole keeps the rest.
      const given = saved as { [name: string]: unknown }
      if (
        typeof given['nextId'] !== 'number' ||
        !(given['bins'] instanceof Uint8Array) ||
        !(given['ids'] instanceof Uint32Array) ||
        !(given['lastDay'] instanceof Uint16Array) ||
        !(given['table'] instanceof Uint32Array) ||
        !(given['exactHash'] instanceof Float64Array) ||
        !(given['exactRow'] instanceof Uint32Array) ||
        given['bins'].length !== given['ids'].length * SKETCH_BINS
      )
        throw new TypeError('templates')
      nextId = given['nextId']
      rows = given['ids'].length
      bins = new Uint8Array(given['bins'])
      ids = new Uint32Array(given['ids'])
      lastDay = new Uint16Array(given['lastDay'])
      rebuild(Math.max(FIRST_ROWS, rows))
      // Which of a full bucket's entries gave way depends on history, so the table itself is kept.
      table = new Uint32Array(given['table'])
      exactHash.set(given['exactHash'])
      exactRow.set(given['exactRow'])
    },
  }
}
