const MINUTE_MS = 60_000

type Ring = { readonly cellMs: number; readonly cells: number; readonly from: number }

/** An hour in cells of 10 minutes and a day in cells of 4 hours, one cell more each. */
const HOUR: Ring = { cellMs: 10 * MINUTE_MS, cells: 7, from: 0 }
const DAY: Ring = { cellMs: 240 * MINUTE_MS, cells: 7, from: 7 }
const RINGS: readonly Ring[] = [HOUR, DAY]

/** Numbers that the rings of one thing counted take. */
export const COUNT_CELLS = 14

/** Cells of a row and the latest moment they have seen. */
export type CountRow = { newestMs: number; readonly cells: Uint32Array }

/** Empties the cells that lie between the last moment and a later one. */
export const rollCounts = (row: CountRow, from: number, nowMs: number): void => {
  for (const ring of RINGS) {
    const last = Math.floor(nowMs / ring.cellMs)
    const first = Math.max(Math.floor(row.newestMs / ring.cellMs) + 1, last - ring.cells + 1)
    for (let cell = first; cell <= last; cell++) {
      row.cells[from + ring.from + (cell % ring.cells)] = 0
    }
  }
}

/** Adds to the cells of a moment; one before a ring is dropped from it. */
export const addCount = (row: CountRow, from: number, atMs: number, count: number): void => {
  for (const ring of RINGS) {
    const cell = Math.floor(atMs / ring.cellMs)
    if (cell <= Math.floor(row.newestMs / ring.cellMs) - ring.cells) continue
    const at = from + ring.from + (cell % ring.cells)
    row.cells[at] = Math.min(2 ** 32 - 1, (row.cells[at] ?? 0) + count)
  }
}

const read = (row: CountRow, from: number, ring: Ring, nowMs: number): number => {
  const readMs = Math.max(nowMs, row.newestMs)
  const nowCell = Math.floor(readMs / ring.cellMs)
  const newestCell = Math.floor(row.newestMs / ring.cellMs)
  const cut = nowCell - ring.cells + 1
  let count = 0
  for (let cell = cut; cell <= newestCell; cell++) {
    const share = cell === cut ? 1 - (readMs - nowCell * ring.cellMs) / ring.cellMs : 1
    count += share * (row.cells[from + ring.from + (cell % ring.cells)] ?? 0)
  }
  return Math.round(count)
}

/** The count of the last hour; the cell that the hour cuts through counts in proportion. */
export const lastHour = (row: CountRow, from: number, nowMs: number): number =>
  read(row, from, HOUR, nowMs)

/** The count of the last day, likewise. */
export const lastDay = (row: CountRow, from: number, nowMs: number): number =>
  read(row, from, DAY, nowMs)
