import { DAY_MS } from '../../core/time.ts'
import { behaviourCell } from './behaviour-cells.ts'
import type { Columns } from './entity-columns.ts'
import { SLOTS, VALUES_PER_ENTITY } from './families.ts'
import { keyHash53 } from './value-hash.ts'

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
/** Kinds from here on link nothing by themselves. */
export const FIRST_MARGINAL_KIND = 14

const HOURS_A_WEEK = 168
const MOST_KEYS = 64

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

/** All keys of one row, in buffers that the next row overwrites. */
export type RowKeys = {
  readonly hash: Float64Array
  readonly kind: Uint8Array
  /** Three cells a key. */
  readonly parts: Uint32Array
  /** Reads a row as of `nowMs`; how many keys it has. */
  read(columns: Columns, row: number, nowMs: number): number
}

export const createRowKeys = (): RowKeys => {
  const hash = new Float64Array(MOST_KEYS)
  const kind = new Uint8Array(MOST_KEYS)
  const parts = new Uint32Array(MOST_KEYS * 3)
  const client: number[] = []
  const template: number[] = []
  const decode: number[] = []
  const funding: number[] = []
  const asn: number[] = []
  const week: number[] = []
  let n = 0
  const put = (k: number, a: number, b: number, c: number): void => {
    hash[n] = keyHash53(k, a, b, c)
    kind[n] = k
    parts[n * 3] = a
    parts[n * 3 + 1] = b
    parts[n * 3 + 2] = c
    n++
  }
  const pairs = (k: number, one: number[], ones: number, other: number[], others: number): void => {
    for (let i = 0; i < ones; i++)
      for (let j = 0; j < others; j++) put(k, one[i] ?? 0, other[j] ?? 0, 0)
  }
  const singles = (k: number, values: number[], count: number): void => {
    for (let i = 0; i < count; i++) put(k, values[i] ?? 0, 0, 0)
  }
  const read = (columns: Columns, row: number, nowMs: number): number => {
    n = 0
    const clients = valuesOf(columns, row, 'client', client)
    const templates = valuesOf(columns, row, 'template', template)
    const decodes = valuesOf(columns, row, 'decode', decode)
    const fundings = valuesOf(columns, row, 'funding', funding)
    const asns = valuesOf(columns, row, 'asn', asn)
    const weeks = valuesOf(columns, row, 'week', week)
    singles(0, client, clients)
    singles(1, template, templates)
    singles(2, decode, decodes)
    singles(3, funding, fundings)
    pairs(4, client, clients, template, templates)
    pairs(5, client, clients, decode, decodes)
    pairs(6, template, templates, funding, fundings)
    pairs(7, client, clients, funding, fundings)
    pairs(8, template, templates, asn, asns)
    pairs(9, template, templates, week, weeks)
    pairs(10, client, clients, week, weeks)
    pairs(11, funding, fundings, week, weeks)
    if (fundings > 0) {
      for (let i = 0; i < clients; i++)
        for (let j = 0; j < templates; j++)
          put(12, client[i] ?? 0, template[j] ?? 0, funding[0] ?? 0)
    }
    const cell = behaviourCell(columns, row, Math.floor(nowMs / DAY_MS))
    if (cell !== 0) put(13, cell, 0, 0)
    singles(14, asn, asns)
    singles(15, week, weeks)
    return n
  }
  return { hash, kind, parts, read }
}
