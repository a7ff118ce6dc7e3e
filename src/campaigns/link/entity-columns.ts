import { CAPABILITIES } from '../../core/traits.ts'
import { VALUES_PER_ENTITY } from './families.ts'

/** Days in the ring of calls; more than are read, so that a day can be told from the one 16 days before. */
export const RING_DAYS = 16

// Kind of array and cells an entity. Days and weeks are counted from 1970, hours likewise.
const SHAPE = {
  createdHour: [Uint32Array, 1],
  firstDay: [Uint16Array, 1],
  lastDay: [Uint16Array, 1],
  dayCalls: [Uint16Array, RING_DAYS],
  cutOff: [Uint16Array, 1],
  networkBits: [Uint32Array, 2],
  networkCalls: [Uint8Array, 1],
  networks: [Uint16Array, 1],
  countryBits: [Uint16Array, 1],
  countries: [Uint8Array, 1],
  countriesBefore: [Uint8Array, 1],
  environmentBits: [Uint32Array, 1],
  environmentBitsBefore: [Uint32Array, 1],
  contradictions: [Uint16Array, 1],
  comparable: [Uint16Array, 1],
  roots: [Uint16Array, CAPABILITIES.length],
  calls: [Uint32Array, 1],
  forwarded: [Uint32Array, 1],
  newTemplates: [Uint8Array, 1],
  flags: [Uint8Array, 1],
  values: [Uint32Array, VALUES_PER_ENTITY],
} as const

type Shape = typeof SHAPE
type ColumnName = keyof Shape
type Typed = Uint8Array | Uint16Array | Uint32Array

/** What is kept of entities, one array a fact, row by row. */
export type Columns = { [N in ColumnName]: InstanceType<Shape[N][0]> }

const NAMES = Object.keys(SHAPE) as ColumnName[] // Object.keys widens the names it was given

const put = (columns: Columns, name: ColumnName, array: Typed): void => {
  // Each array is made by the constructor of its own column, which the loop over names cannot show.
  ;(columns as { [name: string]: Typed })[name] = array
}

/** Columns of `rows` rows, all zero. */
export const createColumns = (rows: number): Columns => {
  const columns = {} as Columns // filled by the loop
  for (const name of NAMES) put(columns, name, new SHAPE[name][0](rows * SHAPE[name][1]))
  return columns
}

/** Gives every column room for `rows` rows, keeping what is there. */
export const growColumns = (columns: Columns, rows: number): void => {
  for (const name of NAMES) {
    const grown = new SHAPE[name][0](rows * SHAPE[name][1])
    const old: Typed = columns[name]
    grown.set(old.length > grown.length ? old.subarray(0, grown.length) : old)
    put(columns, name, grown)
  }
}

/** Sets a row to zero. */
export const clearRow = (columns: Columns, row: number): void => {
  for (const name of NAMES) {
    const cells = SHAPE[name][1]
    columns[name].fill(0, row * cells, (row + 1) * cells)
  }
}

/** The first `rows` rows, to be kept. */
export const savedColumns = (columns: Columns, rows: number): Columns => {
  const saved = {} as Columns // filled by the loop
  for (const name of NAMES) put(saved, name, columns[name].slice(0, rows * SHAPE[name][1]))
  return saved
}

/** What {@link savedColumns} gave, checked against `rows`; throws where it is something else. */
export const restoredColumns = (saved: unknown, rows: number): Columns => {
  const given = saved as { [name: string]: unknown } // every field is checked below
  const columns = createColumns(rows)
  for (const name of NAMES) {
    const [Kind, cells] = SHAPE[name]
    const array = given[name]
    if (!(array instanceof Kind) || array.length !== rows * cells) throw new TypeError(name)
    columns[name].set(array)
  }
  return columns
}
