import type { Observation } from '../../core/campaign.ts'
import { DAY_MS } from '../../core/time.ts'
import { CAPABILITIES } from '../../core/traits.ts'
import { bitsOf, distinctOf } from './distinct-bits.ts'
import {
  clearRow,
  createColumns,
  growColumns,
  restoredColumns,
  RING_DAYS,
  savedColumns,
  type Columns,
} from './entity-columns.ts'
import { createEntityIndex } from './entity-index.ts'
import { putValue, VALUES_PER_ENTITY } from './families.ts'
import { createTemplateClusters } from './template-clusters.ts'
import { foldedValue, pairValue, textValue } from './value-hash.ts'

/** Bits of the flags column. */
export const FLAG_PROVEN = 1
export const FLAG_PREPAID = 2
/** It was proven at some time, whatever it is now. */
export const FLAG_WAS_PROVEN = 4

const HOUR_MS = 3_600_000
const FIRST_ROWS = 1024
const TEMPLATES_A_DAY = 16
/** Calls over which networks are counted once; see `networksPer10Calls` of Conduct. */
const NETWORK_CALLS = 10
/** One network in the `networks` column. */
export const NETWORK_UNIT = 256
const MAX_16 = 65_535

/** Families of which an observation brought a value the entity had not shown, as bits. */
export const CHANGED_TEMPLATE = 1
export const CHANGED_CLIENT = 2
export const CHANGED_DECODE = 4
export const CHANGED_FUNDING = 8
export const CHANGED_ASN = 16

/** What is remembered of entities, by row. */
export interface Entities {
  /** Row of the entity once the observation is in it, and which families newly show a value, as bits. */
  take(observation: Observation): { readonly row: number; readonly changed: number }
  find(name: string): number | undefined
  /** Empty for a row that stands for nobody. */
  nameOf(row: number): string
  /** The arrays as they are now; they are others once there are more entities. */
  columns(): Columns
  size(): number
  /** Rows up to the highest one in use. */
  rows(): number
  /** Wordings that are told apart. */
  templates(): number
  /** Forgets wordings nobody used since that day. */
  sweep(oldestDay: number): void
  save(): unknown
  /** Takes what `save` gave; throws where it is something else. */
  restore(saved: unknown): void
}

/** Where nobody knows just now, what was known last holds: an account source that fails proves nothing. */
const proofOf = (flags: number, { proven }: Observation): number =>
  proven === true
    ? FLAG_PROVEN | FLAG_WAS_PROVEN
    : flags & (proven === undefined ? FLAG_PROVEN | FLAG_WAS_PROVEN : FLAG_WAS_PROVEN)

/**
 * What is remembered of entities: about 230 B each with its name, in rows. Beyond `maxEntities` those seen longest ago are
 * forgotten, an eighth at a time; `onForget` is told of their rows before one of them is used again.
 */
export const createEntities = (options: {
  readonly maxEntities: number
  readonly maxClusters: number
  readonly onForget: (rows: ReadonlySet<number>) => void
}): Entities => {
  const { maxEntities, maxClusters, onForget } = options
  let index = createEntityIndex()
  let columns = createColumns(FIRST_ROWS)
  let room = FIRST_ROWS
  const templates = createTemplateClusters({ maxClusters })

  const forgetOldest = (): void => {
    const last = Uint16Array.from({ length: index.rows() }, (_, row) =>
      index.nameOf(row) === '' ? MAX_16 : (columns.lastDay[row] ?? 0),
    ).toSorted()
    const goal = Math.max(1, Math.trunc(maxEntities / 8))
    const until = last[goal - 1] ?? 0
    const gone = new Set<number>()
    for (let row = 0; row < index.rows() && gone.size < goal; row++) {
      if (index.nameOf(row) === '' || (columns.lastDay[row] ?? 0) > until) continue
      index.remove(row)
      clearRow(columns, row)
      gone.add(row)
    }
    onForget(gone)
  }
  const rowOf = (name: string, day: number): number => {
    const found = index.find(name)
    if (found !== undefined) return found
    if (index.size() >= maxEntities) forgetOldest()
    const row = index.add(name)
    if (row >= room) {
      room = Math.ceil(room * 1.5)
      growColumns(columns, room)
    }
    columns.firstDay[row] = day
    columns.lastDay[row] = day
    return row
  }
  const turnDay = (row: number, day: number): void => {
    const last = columns.lastDay[row] ?? 0
    if (day <= last) return
    let cutOff = columns.cutOff[row] ?? 0
    for (let d = Math.max(last + 1, day - RING_DAYS + 1); d <= day; d++) {
      columns.dayCalls[row * RING_DAYS + (d % RING_DAYS)] = 0
      cutOff &= ~(1 << (d % RING_DAYS))
    }
    columns.cutOff[row] = cutOff
    columns.newTemplates[row] = 0
    columns.countryBits[row] = 0
    const weeks = Math.floor(day / 7) - Math.floor(last / 7)
    if (weeks > 0) {
      columns.countriesBefore[row] = weeks === 1 ? (columns.countries[row] ?? 0) : 0
      columns.countries[row] = 0
      columns.environmentBitsBefore[row] = weeks === 1 ? (columns.environmentBits[row] ?? 0) : 0
      columns.environmentBits[row] = 0
      columns.contradictions[row] = (columns.contradictions[row] ?? 0) >> 1
      columns.comparable[row] = (columns.comparable[row] ?? 0) >> 1
    }
    columns.lastDay[row] = day
  }
  const raise = (cells: Uint16Array | Uint32Array, at: number): void => {
    const count = cells[at] ?? 0
    if (cells instanceof Uint32Array || count < MAX_16) cells[at] = count + 1
  }
  const takePlace = (row: number, observation: Observation): void => {
    const bit = textValue(observation.network) & 63
    const word = row * 2 + (bit >> 5)
    columns.networkBits[word] = (columns.networkBits[word] ?? 0) | (1 << (bit & 31))
    const calls = (columns.networkCalls[row] ?? 0) + 1
    columns.networkCalls[row] = calls
    if (calls >= NETWORK_CALLS) {
      const set =
        bitsOf(columns.networkBits[row * 2] ?? 0) + bitsOf(columns.networkBits[row * 2 + 1] ?? 0)
      const now = Math.min(10, distinctOf(set, 64)) * NETWORK_UNIT
      const before = columns.networks[row] ?? 0
      columns.networks[row] = Math.max(
        1,
        Math.round(before === 0 ? now : before + (now - before) / 4),
      )
      columns.networkCalls[row] = 0
      columns.networkBits.fill(0, row * 2, row * 2 + 2)
    }
    if (observation.country !== undefined) {
      const seen = (columns.countryBits[row] ?? 0) | (1 << (textValue(observation.country) & 15))
      columns.countryBits[row] = seen
      const countries = bitsOf(seen)
      if (countries > (columns.countries[row] ?? 0)) columns.countries[row] = countries
    }
  }
  const takeTraits = (row: number, { traits }: Observation): void => {
    if (traits === undefined) return
    if (traits.environment !== undefined) {
      const bit = 1 << (foldedValue(traits.environment) & 31)
      columns.environmentBits[row] = (columns.environmentBits[row] ?? 0) | bit
    }
    if (traits.contradicts !== undefined && (columns.comparable[row] ?? 0) < MAX_16) {
      raise(columns.comparable, row)
      if (traits.contradicts) raise(columns.contradictions, row)
    }
    if (traits.root) {
      raise(columns.roots, row * CAPABILITIES.length + CAPABILITIES.indexOf(traits.capability))
    }
  }
  const templateOf = (row: number, { traits }: Observation, day: number): number => {
    if (traits?.template === undefined) return 0
    const founded = columns.newTemplates[row] ?? 0
    const next = templates.next()
    const value = templates.of(traits.template, day, founded < TEMPLATES_A_DAY)
    if (value === next) columns.newTemplates[row] = founded + 1
    return value
  }
  const takeValues = (row: number, observation: Observation, day: number): number => {
    const { values } = columns
    const base = row * VALUES_PER_ENTITY
    const { client, stack, traits, asn, funding, instrument, emailPattern } = observation
    let changed = 0
    if (putValue(values, base, 'template', templateOf(row, observation, day)))
      changed |= CHANGED_TEMPLATE
    if (client !== undefined || stack !== undefined) {
      const value = pairValue(textValue(client ?? ''), textValue(stack ?? ''))
      if (putValue(values, base, 'client', value)) changed |= CHANGED_CLIENT
    }
    if (traits !== undefined && putValue(values, base, 'decode', foldedValue(traits.decode)))
      changed |= CHANGED_DECODE
    if (asn !== undefined && putValue(values, base, 'asn', asn >>> 0)) changed |= CHANGED_ASN
    if (funding !== undefined && putValue(values, base, 'funding', textValue(funding)))
      changed |= CHANGED_FUNDING
    if (instrument !== undefined) putValue(values, base, 'instrument', textValue(instrument))
    if (emailPattern !== undefined) putValue(values, base, 'emailPattern', textValue(emailPattern))
    return changed
  }

  return {
    take: (observation) => {
      const day = Math.floor(observation.atMs / DAY_MS)
      const row = rowOf(observation.entity, day)
      turnDay(row, day)
      const last = columns.lastDay[row] ?? 0
      if (last - day < RING_DAYS) {
        raise(columns.dayCalls, row * RING_DAYS + (day % RING_DAYS))
        if (observation.verdict === 'throttle')
          columns.cutOff[row] = (columns.cutOff[row] ?? 0) | (1 << (day % RING_DAYS))
      }
      if (observation.createdAtMs !== undefined)
        columns.createdHour[row] = Math.max(0, observation.createdAtMs / HOUR_MS)
      raise(columns.calls, row)
      if (observation.forwarded) raise(columns.forwarded, row)
      columns.flags[row] =
        proofOf(columns.flags[row] ?? 0, observation) | (observation.prepaid ? FLAG_PREPAID : 0)
      takePlace(row, observation)
      takeTraits(row, observation)
      return { row, changed: takeValues(row, observation, day) }
    },
    find: (name) => index.find(name),
    nameOf: (row) => index.nameOf(row),
    columns: () => columns,
    size: () => index.size(),
    rows: () => index.rows(),
    templates: () => templates.size(),
    sweep: (oldestDay) => templates.sweep(oldestDay),
    save: () => ({
      names: [...index.names()],
      columns: savedColumns(columns, index.rows()),
      templates: templates.save(),
    }),
    restore: (saved) => {
      // Checked field by field; see the parts.
      const given = saved as { names: unknown; columns: unknown; templates: unknown }
      if (!Array.isArray(given.names) || given.names.some((name) => typeof name !== 'string'))
        throw new TypeError('names')
      const names = given.names as string[] // checked above
      columns = restoredColumns(given.columns, names.length)
      room = Math.max(FIRST_ROWS, names.length)
      growColumns(columns, room)
      index = createEntityIndex(names)
      templates.restore(given.templates)
    },
  }
}
