type Ring = { readonly cellS: number; readonly cells: number; readonly from: number }

const WORDS_PER_CELL = 2

/** One ring a window: a minute in cells of 15 s, an hour of 10 min, a day of 4 h, and one cell more each. */
const RINGS: readonly Ring[] = [
  { cellS: 15, cells: 5, from: 0 },
  { cellS: 600, cells: 7, from: 5 * WORDS_PER_CELL },
  { cellS: 14_400, cells: 7, from: 12 * WORDS_PER_CELL },
]

/** Words that the windows of one account take. */
export const WINDOW_WORDS = 19 * WORDS_PER_CELL

const MAX_COUNT = 2 ** 32 - 1

const bump = (page: Uint32Array, word: number, by: number): void => {
  page[word] = Math.min(MAX_COUNT, (page[word] ?? 0) + by)
}

/**
 * Moves the rings of an account from the second of their last use to a later one: cells that were left
 * behind are emptied.
 */
export const rollWindows = (page: Uint32Array, at: number, fromS: number, toS: number): void => {
  for (const { cellS, cells, from } of RINGS) {
    const last = Math.floor(toS / cellS)
    const first = Math.max(Math.floor(fromS / cellS) + 1, last - cells + 1)
    for (let cell = first; cell <= last; cell++) {
      const word = at + from + (cell % cells) * WORDS_PER_CELL
      page[word] = 0
      page[word + 1] = 0
    }
  }
}

/**
 * Adds to the cells of a second. `newestS` is the second up to which the rings were rolled; what lies
 * before a ring is dropped from it.
 */
export const addToWindows = (
  page: Uint32Array,
  at: number,
  newestS: number,
  add: { readonly atS: number; readonly requests: number; readonly tokens: number },
): void => {
  for (const { cellS, cells, from } of RINGS) {
    const cell = Math.floor(add.atS / cellS)
    if (cell <= Math.floor(newestS / cellS) - cells) continue
    const word = at + from + (cell % cells) * WORDS_PER_CELL
    bump(page, word, add.requests)
    bump(page, word + 1, add.tokens)
  }
}

/**
 * Writes the counts at a second to `out`: calls and tokens of the minute, the hour and the day by turns,
 * six whole numbers. All cells inside a window count, and the one it cuts through in proportion, as if its
 * calls had come evenly: a count is off by less than that cell's calls.
 */
export const readWindows = (
  page: Uint32Array,
  at: number,
  newestS: number,
  nowS: number,
  out: number[],
): void => {
  const readS = Math.max(nowS, newestS)
  let slot = 0
  for (const { cellS, cells, from } of RINGS) {
    const nowCell = Math.floor(readS / cellS)
    const newestCell = Math.floor(newestS / cellS)
    const cut = nowCell - cells + 1
    let requests = 0
    let tokens = 0
    let place = cut % cells
    for (let cell = cut; cell <= newestCell; cell++) {
      const word = at + from + place * WORDS_PER_CELL
      const share = cell === cut ? 1 - (readS - nowCell * cellS) / cellS : 1
      requests += share * (page[word] ?? 0)
      tokens += share * (page[word + 1] ?? 0)
      place = place + 1 === cells ? 0 : place + 1
    }
    out[slot++] = Math.round(requests)
    out[slot++] = Math.round(tokens)
  }
}
