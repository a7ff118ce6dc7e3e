import { DAY_MS } from '../../core/time.ts'
import { behaviourCell } from './behaviour-cells.ts'
import type { Columns } from './entity-columns.ts'
import { SLOTS, VALUES_PER_ENTITY } from './families.ts'
import { highWord, lowWord } from './value-hash.ts'

/** Families that links are made of. */
export type LinkFamily = 'client' | 'template' | 'decode' | 'funding' | 'asn' | 'week' | 'cell'

/**
 * Combinations of values that are counted, by number. The first thirteen and the cell link; the last two
 * are counted because others are made of them.
 */
export const LINK_KINDS: readonly (readonly LinkFamily[])[] = [
  ['client'],
  ['template'],
  ['decode'],
  ['funding'],
  ['client', 'template'],
  ['client', 'decode'],
  ['template', 'funding'],
  ['client', 'funding'],
  ['template', 'asn'],
  ['template', 'week'],
  ['client', 'week'],
  ['funding', 'week'],
  ['client', 'template', 'funding'],
  ['cell'],
  ['asn'],
  ['week'],
]
/** Number of the kind that is this family alone. */
export const SINGLE_KIND: { readonly [F in LinkFamily]: number } = {
  client: 0,
  template: 1,
  decode: 2,
  funding: 3,
  cell: 13,
  asn: 14,
  week: 15,
}
/** Kinds that are combinations of values. */
export const COMBINED_KINDS: readonly number[] = LINK_KINDS.flatMap((families, kind) =>
  families.length > 1 ? [kind] : [],
)
/** Kinds from here on link nothing by themselves. */
export const FIRST_MARGINAL_KIND = 14

const HOURS_A_WEEK = 168
/** Keys of one kind of a row, and its values, at most. */
const MOST_KEYS = 16
const MOST_VALUES = 16

/** Sign-up week of a row, counted from 1970 and from 1; 0 where nobody knows. */
export const weekOf = (columns: Columns, row: number): number => {
  const hour = columns.createdHour[row] ?? 0
  return hour === 0 ? 0 : Math.floor(hour / HOURS_A_WEEK) + 1
}

/** Values of one family of a row, without the empty ones, into `out`; how many there are. */
export const valuesOf = (
  columns: Columns,
  row: number,
  family: Exclude<LinkFamily, 'cell'>,
  out: number[],
): number => {
  if (family === 'week') {
    const week = weekOf(columns, row)
    out[0] = week
    return week === 0 ? 0 : 1
  }
  const { from, count } = SLOTS[family]
  let n = 0
  for (let i = 0; i < count; i++) {
    const value = columns.values[row * VALUES_PER_ENTITY + from + i] ?? 0
    if (value !== 0) out[n++] = value
  }
  return n
}

/** Where the sign-up week and the cell of a row stand among its values, which take the bits before. */
const WEEK_BIT = VALUES_PER_ENTITY
const CELL_BIT = VALUES_PER_ENTITY + 1
/** Every bit of `kept`. */
export const EVERY_VALUE = -1
/** A place in the buffers of values where nothing is ever put. */
const NO_VALUE = VALUES_PER_ENTITY + 2

/** A family by numbers: looking one up by its name for every row takes longer than reading it. */
type Family = { readonly single: number; readonly from: number; readonly until: number }

const familyOf = (family: LinkFamily): Family => {
  const single = SINGLE_KIND[family]
  if (family === 'week') return { single, from: WEEK_BIT, until: WEEK_BIT + 1 }
  if (family === 'cell') return { single, from: CELL_BIT, until: CELL_BIT + 1 }
  const { from, count } = SLOTS[family]
  return { single, from, until: from + count }
}
// Object.keys widens the names it was given.
const FAMILIES = (Object.keys(SINGLE_KIND) as LinkFamily[]).map(familyOf)

/** Reads one row, of the values whose bits are set in `kept`; how many keys it has. */
export type ReadKeys = (row: number, kept: number) => number

/**
 * Keys of one row, in buffers that the next row overwrites. A key is told by two words: those of its values
 * in exclusive or, as positions of a board are hashed (Zobrist, 1970).
 */
export type RowKeys = {
  readonly low: Uint32Array
  readonly high: Uint32Array
  /** Three cells a key. */
  readonly parts: Uint32Array
  /** Kind of a key that {@link RowKeys.alone} read, and the bit of its value in `kept`. */
  readonly kind: Uint8Array
  readonly bit: Uint8Array
  /** Reads the keys of values alone. */
  readonly alone: ReadKeys
  /** Reads the keys of one kind. */
  of(kind: number): ReadKeys
}

/** Reads keys of rows as of `nowMs`. */
export const createRowKeys = (columns: Columns, nowMs: number): RowKeys => {
  const { values } = columns
  const today = Math.floor(nowMs / DAY_MS)
  // Values of the row at hand, with their words.
  const value = new Uint32Array(MOST_VALUES)
  const lowOf = new Uint32Array(MOST_VALUES)
  const highOf = new Uint32Array(MOST_VALUES)
  const kind = new Uint8Array(MOST_VALUES)
  const bit = new Uint8Array(MOST_VALUES)
  const low = new Uint32Array(MOST_KEYS)
  const high = new Uint32Array(MOST_KEYS)
  const parts = new Uint32Array(MOST_KEYS * 3)

  const load = (at: number, single: number, of: number, place: number): void => {
    value[at] = of
    lowOf[at] = lowWord(single, of)
    highOf[at] = highWord(single, of)
    kind[at] = single
    bit[at] = place
  }
  /** Loads the values of a family from place `at` on; the place behind them. */
  const loadFamily = (family: Family, row: number, kept: number, at: number): number => {
    const { single, from, until } = family
    if (from === WEEK_BIT) {
      const week = (kept & (1 << WEEK_BIT)) === 0 ? 0 : weekOf(columns, row)
      if (week !== 0) load(at++, single, week, WEEK_BIT)
      return at
    }
    if (from === CELL_BIT) {
      const cell = (kept & (1 << CELL_BIT)) === 0 ? 0 : behaviourCell(columns, row, today)
      if (cell !== 0) load(at++, single, cell, CELL_BIT)
      return at
    }
    for (let slot = from; slot < until; slot++) {
      if ((kept & (1 << slot)) === 0) continue
      const of = values[row * VALUES_PER_ENTITY + slot] ?? 0
      if (of !== 0) load(at++, single, of, slot)
    }
    return at
  }
  const put = (n: number, one: number, two: number, three: number): void => {
    low[n] = (lowOf[one] ?? 0) ^ (lowOf[two] ?? 0) ^ (lowOf[three] ?? 0)
    high[n] = (highOf[one] ?? 0) ^ (highOf[two] ?? 0) ^ (highOf[three] ?? 0)
    parts[n * 3] = value[one] ?? 0
    parts[n * 3 + 1] = value[two] ?? 0
    parts[n * 3 + 2] = value[three] ?? 0
  }

  return {
    low,
    high,
    parts,
    kind,
    bit,
    alone: (row, kept) => {
      let n = 0
      for (const family of FAMILIES) n = loadFamily(family, row, kept, n)
      for (let i = 0; i < n; i++) put(i, i, NO_VALUE, NO_VALUE)
      return n
    },
    of: (wanted) => {
      const [first, second, third] = (LINK_KINDS[wanted] ?? []).map(familyOf)
      return (row, kept) => {
        const ones = first === undefined ? 0 : loadFamily(first, row, kept, 0)
        if (ones === 0) return 0
        const twos = second === undefined ? ones : loadFamily(second, row, kept, ones)
        const threes = third === undefined ? twos : loadFamily(third, row, kept, twos)
        let n = 0
        if (second === undefined) {
          for (; n < ones; n++) put(n, n, NO_VALUE, NO_VALUE)
        } else if (third === undefined || threes > twos) {
          // Of the third family there is one value.
          const last = third === undefined ? NO_VALUE : twos
          for (let i = 0; i < ones; i++) for (let j = ones; j < twos; j++) put(n++, i, j, last)
        }
        return n
      }
    },
  }
}
