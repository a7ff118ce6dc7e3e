import { CAPABILITIES } from '../../core/traits.ts'
import { CONDUCT_DAYS } from '../judge/conduct.ts'
import { RING_DAYS, type Columns } from './entity-columns.ts'

const LEAST_ACTIVE_DAYS = 3
// Wider spread than this is how most of the honest look: there is nothing to link.
const STEADY_CV = 0.45
const CV_STEP = 0.15

/**
 * How steadily and for what an entity calls, as one of a few thousand cells: volume of an active day in half
 * octaves, share of active days, their spread, and what most conversations are about. 0 where it was active
 * on fewer than three whole days, or where its volume varies as that of most people does. Days on which a
 * limit cut it off count for nothing.
 */
export const behaviourCell = (columns: Columns, row: number, today: number): number => {
  const first = columns.firstDay[row] ?? 0
  const last = columns.lastDay[row] ?? 0
  const cutOff = columns.cutOff[row] ?? 0
  let days = 0
  let active = 0
  let sum = 0
  let squares = 0
  for (let day = Math.max(first, today - CONDUCT_DAYS, last - RING_DAYS + 1); day < today; day++) {
    const at = day % RING_DAYS
    const isKnown = day <= last
    if (isKnown && (cutOff & (1 << at)) !== 0) continue
    days++
    const calls = isKnown ? (columns.dayCalls[row * RING_DAYS + at] ?? 0) : 0
    if (calls === 0) continue
    active++
    sum += calls
    squares += calls * calls
  }
  if (active < LEAST_ACTIVE_DAYS) return 0
  const mean = sum / active
  const cv = Math.sqrt(Math.max(0, squares / active - mean * mean)) / mean
  if (cv >= STEADY_CV) return 0
  let most = 0
  for (let i = 1; i < CAPABILITIES.length; i++) {
    const from = row * CAPABILITIES.length
    if ((columns.roots[from + i] ?? 0) > (columns.roots[from + most] ?? 0)) most = i
  }
  const share = Math.min(4, Math.floor((active / days) * 5))
  const volume = Math.min(63, Math.round(Math.log2(mean) * 2))
  return 1 + (((volume * 5 + share) * 4 + Math.floor(cv / CV_STEP)) * 8 + most)
}
