import { DAY_MS } from '../../core/time.ts'
import { CAPABILITIES, type Capability } from '../../core/traits.ts'
import { CONDUCT_DAYS, type Conduct } from '../judge/conduct.ts'
import { bitsOf, distinctOf } from './distinct-bits.ts'
import { FLAG_PREPAID, NETWORK_UNIT } from './entities.ts'
import { RING_DAYS, type Columns } from './entity-columns.ts'
import { SLOTS, VALUES_PER_ENTITY, type ValueKind } from './families.ts'

const HOUR_MS = 3_600_000
const WEEK_DAYS = 7

/** Calls of a row on a day within the ring; 0 on others. */
export const callsOn = (columns: Columns, row: number, day: number): number => {
  const last = columns.lastDay[row] ?? 0
  if (day > last || day <= last - RING_DAYS) return 0
  return columns.dayCalls[row * RING_DAYS + (day % RING_DAYS)] ?? 0
}

const dayCallsOf = (columns: Columns, row: number, today: number): Conduct['dayCalls'] => {
  const first = columns.firstDay[row] ?? 0
  const cutOff = columns.cutOff[row] ?? 0
  const last = columns.lastDay[row] ?? 0
  const days: (number | undefined)[] = []
  for (let day = today - CONDUCT_DAYS; day < today; day++) {
    const isCutOff = day <= last && (cutOff & (1 << (day % RING_DAYS))) !== 0
    days.push(day < first || isCutOff ? undefined : callsOn(columns, row, day))
  }
  days.push(undefined)
  return days
}

/** Newest value of a kind that a row shows; `undefined` where it showed none. */
export const valueOf = (columns: Columns, row: number, kind: ValueKind): number | undefined =>
  columns.values[row * VALUES_PER_ENTITY + SLOTS[kind].from] || undefined

/** What the judge reads of a row. `instrumentEntities` counts the entities with an instrument. */
export const conductOf = (
  columns: Columns,
  row: number,
  nowMs: number,
  instrumentEntities: (instrument: number) => number,
): Conduct => {
  const today = Math.floor(nowMs / DAY_MS)
  let weekCalls = 0
  for (let day = today - WEEK_DAYS + 1; day <= today; day++) weekCalls += callsOn(columns, row, day)
  const networkBits =
    bitsOf(columns.networkBits[row * 2] ?? 0) + bitsOf(columns.networkBits[row * 2 + 1] ?? 0)
  const networks = columns.networks[row] ?? 0
  const rootsByCapability: { [C in Capability]?: number } = {}
  for (const [i, capability] of CAPABILITIES.entries())
    rootsByCapability[capability] = columns.roots[row * CAPABILITIES.length + i] ?? 0
  const environments = Math.max(
    bitsOf(columns.environmentBits[row] ?? 0),
    bitsOf(columns.environmentBitsBefore[row] ?? 0),
  )
  const instrument = valueOf(columns, row, 'instrument')
  const funding = valueOf(columns, row, 'funding')
  const createdHour = columns.createdHour[row] ?? 0
  const isPrepaid = ((columns.flags[row] ?? 0) & FLAG_PREPAID) !== 0
  return {
    dayCalls: dayCallsOf(columns, row, today),
    weekCalls,
    networksPer10Calls:
      networks === 0 ? Math.min(10, distinctOf(networkBits, 64)) : networks / NETWORK_UNIT,
    countriesPerDay: Math.max(columns.countries[row] ?? 0, columns.countriesBefore[row] ?? 0),
    environmentsPerWeek: distinctOf(environments, 32),
    contradictions: columns.contradictions[row] ?? 0,
    comparable: columns.comparable[row] ?? 0,
    // The loop above has given every capability its count.
    rootsByCapability: rootsByCapability as { [C in Capability]: number },
    instrumentEntities: instrument === undefined ? 0 : instrumentEntities(instrument),
    prepaid: isPrepaid ? true : funding === undefined ? undefined : false,
    funding,
    emailPattern: valueOf(columns, row, 'emailPattern'),
    client: valueOf(columns, row, 'client'),
    template: valueOf(columns, row, 'template'),
    createdAtMs: createdHour === 0 ? undefined : createdHour * HOUR_MS,
  }
}
