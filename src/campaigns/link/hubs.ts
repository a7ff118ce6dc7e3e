import type { Columns } from './entity-columns.ts'
import type { Group } from './groups.ts'
import { LINK_KINDS, valuesOf, type LinkFamily } from './link-keys.ts'
import type { Link, Linking } from './link.ts'

const FAMILIES = ['client', 'template', 'decode', 'funding', 'asn'] as const
const SHARE = 0.5
const MOST = 10

/** Values that half of a group shows and that linked nothing, because the proven show them as well. */
export const hubsOf = (columns: Columns, group: Group, linking: Linking): readonly Link[] => {
  const linked = new Set(
    group.links.flatMap(({ kind, parts }) =>
      (LINK_KINDS[kind] ?? []).length === 1 ? `${LINK_KINDS[kind]?.[0]}:${parts[0]}` : [],
    ),
  )
  const hubs: Link[] = []
  const out: number[] = []
  const countOf = (family: Exclude<LinkFamily, 'cell'>): Map<number, number> => {
    const counts = new Map<number, number>()
    for (const row of group.rows) {
      const n = valuesOf(columns, row, family, out)
      for (let i = 0; i < n; i++) counts.set(out[i] ?? 0, (counts.get(out[i] ?? 0) ?? 0) + 1)
    }
    return counts
  }
  for (const family of FAMILIES) {
    for (const [value, count] of countOf(family)) {
      if (count < SHARE * group.rows.size || linked.has(`${family}:${value}`)) continue
      const link = linking.single(family, value)
      if (link !== undefined) hubs.push(link)
    }
  }
  return hubs.toSorted((a, b) => b.n - a.n).slice(0, MOST)
}
