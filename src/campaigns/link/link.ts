import { createCountSketch } from './count-sketch.ts'
import { FLAG_PROVEN } from './entities.ts'
import type { Columns } from './entity-columns.ts'
import { createKeyTable } from './key-table.ts'
import {
  COMBINED_KINDS,
  createRowKeys,
  EVERY_VALUE,
  FIRST_MARGINAL_KIND,
  LINK_KINDS,
  SINGLE_KIND,
  type LinkFamily,
} from './link-keys.ts'
import { poissonLlr } from '../judge/statistics.ts'
import { highWord, keyHash53, lowWord } from './value-hash.ts'

/** Entities below which nothing is linked. */
export const LEAST_ENTITIES = 25
const LEAST_LIFT = 8
const LEAST_LLR = 40
const CELL_LEAST_LIFT = 4
const CELL_LEAST_ERRORS = 8
const SINGLES_AN_ENTITY = 4
/** Of one kind. */
const COMBINATIONS_AN_ENTITY = 2
/** Places of a filter that spares most keys a look into the table. */
const FILTER_SIZE = 1 << 16
/** Links that a pass looks at, the strongest ones. */
const MOST_LINKS = 4_096
/**
 * What so many of the unproven are paid from is a state of being unproven (a trial, no payment yet), which
 * hardly any proven entity can be in: it is measured against themselves.
 */
const UNPROVEN_STATE = 0.05

/** A key that more unproven entities show than the proven ones lead one to expect. */
export type Link = {
  readonly hash: number
  readonly kind: number
  readonly parts: readonly [number, number, number]
  /** Unproven entities that show it, and proven ones. */
  readonly n: number
  readonly proven: number
  readonly expected: number
  readonly llr: number
}

/** Everything a pass knows of values, counted over the active entities. */
export type Linking = {
  readonly links: readonly Link[]
  /** Rows of the unproven that show the link of the same index. */
  readonly rows: readonly Uint32Array[]
  readonly unproven: number
  readonly proven: number
  /** Share of the reference that shows a value, never 0. */
  readonly share: (family: LinkFamily, value: number) => number
  /** The key of one value as it was counted; `undefined` where fewer than 25 unproven show it. */
  readonly single: (family: LinkFamily, value: number) => Link | undefined
}

/** Whether a row belongs to the reference. What an acting campaign holds does not. */
export type IsProven = (row: number) => boolean

/** {@link IsProven} by what was observed of it, unless `isHeld`: proof got as a member counts for nothing. */
export const provenBy =
  (columns: Columns, isHeld: (row: number) => boolean): IsProven =>
  (row) =>
    ((columns.flags[row] ?? 0) & FLAG_PROVEN) !== 0 && !isHeld(row)

/**
 * Counts every combination of values over `active` rows and gives those that link: 25 entities, eight times
 * and 40 nats above what the proven population leads one to expect. That population alone is the measure:
 * by a measure of all, a large campaign makes its own values look common. Behaviour cells come last: what
 * else links a group leaves its behaviour to the judge.
 */
export const linkEntities = (options: {
  readonly columns: Columns
  readonly active: Uint32Array
  readonly isProven: IsProven
  readonly nowMs: number
}): Linking => {
  const { columns, active, isProven, nowMs } = options
  const keys = createRowKeys(columns, nowMs)
  const alone = createCountSketch(active.length * SINGLES_AN_ENTITY)
  /** Values that too few unproven show to be in the table may be common among the proven. */
  const ofProven = createCountSketch(active.length * SINGLES_AN_ENTITY)
  const isUnproven = new Uint8Array(active.length)
  let unproven = 0
  for (let i = 0; i < active.length; i++) {
    const row = active[i] ?? 0
    const counts = isProven(row) ? ofProven : alone
    const n = keys.alone(row, EVERY_VALUE)
    for (let k = 0; k < n; k++) counts.add(keys.low[k] ?? 0, keys.high[k] ?? 0)
    if (counts === ofProven) continue
    isUnproven[i] = 1
    unproven++
  }
  const proven = active.length - unproven

  const table = createKeyTable()
  const kinds: number[] = []
  const parts: number[] = []
  const nOf: number[] = []
  const provenOf: number[] = []
  const countKey = (kind: number, k: number, isOfUnproven: boolean): void => {
    const at = table.add(keys.low[k] ?? 0, keys.high[k] ?? 0)
    if (at === kinds.length) {
      kinds.push(kind)
      parts.push(keys.parts[k * 3] ?? 0, keys.parts[k * 3 + 1] ?? 0, keys.parts[k * 3 + 2] ?? 0)
      nOf.push(0)
      provenOf.push(0)
    }
    const counts = isOfUnproven ? nOf : provenOf
    counts[at] = (counts[at] ?? 0) + 1
  }
  // A combination is shown by no more entities than each of its values is (Agrawal, Srikant, VLDB 1994).
  const kept = new Uint16Array(active.length)
  for (let i = 0; i < active.length; i++) {
    let bits = 0
    const n = keys.alone(active[i] ?? 0, EVERY_VALUE)
    for (let k = 0; k < n; k++) {
      if (!alone.reaches(keys.low[k] ?? 0, keys.high[k] ?? 0, LEAST_ENTITIES)) continue
      bits |= 1 << (keys.bit[k] ?? 0)
      countKey(keys.kind[k] ?? 0, k, isUnproven[i] === 1)
    }
    kept[i] = bits
  }
  // Kind by kind, so that what is counted at a time fits the processor's cache.
  const sketch = createCountSketch(active.length * COMBINATIONS_AN_ENTITY)
  for (const kind of COMBINED_KINDS) {
    const read = keys.of(kind)
    sketch.clear()
    for (let i = 0; i < active.length; i++) {
      if (isUnproven[i] === 0) continue
      const n = read(active[i] ?? 0, kept[i] ?? 0)
      for (let k = 0; k < n; k++) sketch.add(keys.low[k] ?? 0, keys.high[k] ?? 0)
    }
    for (let i = 0; i < active.length; i++) {
      const n = read(active[i] ?? 0, kept[i] ?? 0)
      for (let k = 0; k < n; k++) {
        if (sketch.reaches(keys.low[k] ?? 0, keys.high[k] ?? 0, LEAST_ENTITIES))
          countKey(kind, k, isUnproven[i] === 1)
      }
    }
  }

  const findSingle = (family: LinkFamily, value: number): number => {
    const kind = SINGLE_KIND[family]
    return table.find(lowWord(kind, value), highWord(kind, value))
  }
  const shareOf = (count: number): number => (count + 0.5) / (proven + 1)
  const share = (family: LinkFamily, value: number): number => {
    const at = findSingle(family, value)
    const kind = SINGLE_KIND[family]
    const known = shareOf(
      at < 0 ? ofProven.atMost(lowWord(kind, value), highWord(kind, value)) : (provenOf[at] ?? 0),
    )
    const own = at < 0 || unproven === 0 ? 0 : (nOf[at] ?? 0) / unproven
    if (family === 'week') return Math.max(own, 1 / (unproven + 1))
    return family === 'funding' && own > UNPROVEN_STATE ? Math.max(known, own) : known
  }
  const linkAt = (at: number): Link => {
    const kind = kinds[at] ?? 0
    const [a = 0, b = 0, c = 0] = parts.slice(at * 3, at * 3 + 3)
    const families = LINK_KINDS[kind] ?? []
    let product = 1
    for (const [i, family] of families.entries()) product *= share(family, [a, b, c][i] ?? 0)
    const expected = unproven * Math.max(shareOf(provenOf[at] ?? 0), product)
    const n = nOf[at] ?? 0
    return {
      hash: keyHash53(kind, a, b, c),
      kind,
      parts: [a, b, c],
      n,
      proven: provenOf[at] ?? 0,
      expected,
      llr: poissonLlr(n, expected),
    }
  }
  const isLink = ({ kind, n, expected, llr }: Link): boolean => {
    if (kind >= FIRST_MARGINAL_KIND) return false
    if (kind === SINGLE_KIND.cell)
      return (
        n / expected >= CELL_LEAST_LIFT && n - expected > CELL_LEAST_ERRORS * Math.sqrt(expected)
      )
    return n / expected >= LEAST_LIFT && llr >= LEAST_LLR
  }
  const links: Link[] = []
  const placeOf = new Map<Link, number>()
  for (let at = 0; at < kinds.length; at++) {
    if ((nOf[at] ?? 0) < LEAST_ENTITIES) continue
    const link = linkAt(at)
    if (!isLink(link)) continue
    links.push(link)
    placeOf.set(link, at)
  }
  // Equal ones in the order of their hashes, so that nothing depends on the order of rows.
  const isCell = ({ kind }: Link): number => (kind === SINGLE_KIND.cell ? 1 : 0)
  links.sort((x, y) => isCell(x) - isCell(y) || y.llr - x.llr || x.hash - y.hash)
  links.length = Math.min(links.length, MOST_LINKS)

  const linkOf = new Int32Array(kinds.length).fill(-1)
  const mayLink = new Uint8Array(FILTER_SIZE)
  for (const [i, link] of links.entries()) {
    const at = placeOf.get(link) ?? 0
    linkOf[at] = i
    mayLink[table.lowOf(at) % FILTER_SIZE] = 1
  }
  const rows = links.map(({ n }) => new Uint32Array(n))
  const filled = new Uint32Array(links.length)
  for (const kind of new Set(links.map((link) => link.kind))) {
    const read = keys.of(kind)
    for (let i = 0; i < active.length; i++) {
      if (isUnproven[i] === 0) continue
      const row = active[i] ?? 0
      const n = read(row, kept[i] ?? 0)
      for (let k = 0; k < n; k++) {
        const low = keys.low[k] ?? 0
        if (mayLink[low % FILTER_SIZE] === 0) continue
        const found = table.find(low, keys.high[k] ?? 0)
        const link = found < 0 ? -1 : (linkOf[found] ?? -1)
        if (link < 0) continue
        const list = rows[link]
        const at = filled[link] ?? 0
        if (list === undefined) continue
        list[at] = row
        filled[link] = at + 1
      }
    }
  }
  return {
    links,
    rows,
    unproven,
    proven,
    share,
    single: (family, value) => {
      const at = findSingle(family, value)
      return at < 0 ? undefined : linkAt(at)
    },
  }
}
