/** Counts by two labels, the first of an open set. */
export type PairTally = {
  readonly add: (first: string, second: string, by?: number) => void
  readonly series: () => Iterable<readonly [values: readonly string[], count: number]>
}

const MAX_FIRST = 2_000
/** What stands for every further first label once there are too many. */
const OTHER = 'other'

/**
 * Counts kept as plain numbers. Beyond 2,000 first labels (a policy that is reloaded with ever new ids)
 * all new ones count as `other`.
 */
export const createPairTally = (): PairTally => {
  const rows = new Map<string, Map<string, number>>()
  const rowOf = (first: string): Map<string, number> => {
    const known = rows.get(first)
    if (known !== undefined) return known
    const name = rows.size < MAX_FIRST ? first : OTHER
    const row = rows.get(name) ?? new Map<string, number>()
    rows.set(name, row)
    return row
  }
  return {
    add: (first, second, by = 1) => {
      const row = rowOf(first)
      row.set(second, (row.get(second) ?? 0) + by)
    },
    *series() {
      for (const [first, row] of rows) for (const [second, n] of row) yield [[first, second], n]
    },
  }
}
