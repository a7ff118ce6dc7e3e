/** Groups of whole numbers that were joined, directly or by way of others (union-find by size). */
export type Components = {
  join(a: number, b: number): void
  /** A number that all of a group have in common. */
  groupOf(member: number): number
  sizeOf(member: number): number
}

/** Everybody from 0 to below `count` alone. */
export const createComponents = (count: number): Components => {
  const parent = Uint32Array.from({ length: count }, (_, at) => at)
  const size = new Uint32Array(count).fill(1)
  const groupOf = (member: number): number => {
    let at = member
    while (parent[at] !== at) {
      parent[at] = parent[parent[at] ?? at] ?? at
      at = parent[at] ?? at
    }
    return at
  }
  return {
    groupOf,
    sizeOf: (member) => size[groupOf(member)] ?? 1,
    join: (a, b) => {
      const [one, other] = [groupOf(a), groupOf(b)]
      if (one === other) return
      const [into, from] = (size[one] ?? 1) >= (size[other] ?? 1) ? [one, other] : [other, one]
      parent[from] = into
      size[into] = (size[into] ?? 1) + (size[from] ?? 1)
    },
  }
}
