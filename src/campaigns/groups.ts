import type { Component } from './edge-components.ts'
import { LEAST_ENTITIES, type Link, type Linking } from './link.ts'
import { FIRST_MARGINAL_KIND, LINK_KINDS, SINGLE_KIND, type LinkFamily } from './link-keys.ts'

/** Entities that something links, before anybody judges them. */
export type Group = {
  readonly rows: ReadonlySet<number>
  /** Links that at least a tenth of it shows, most telling first. */
  readonly links: readonly Link[]
  /** What brought it together. */
  readonly linkedBy: ReadonlySet<LinkFamily | 'edges'>
}

const LEAST_LIFT_TO_MERGE = 50
const MERGING_LINKS = 2
const SHARE_OF_GROUP = 0.1

type Draft = { rows: Set<number>; linkedBy: Set<LinkFamily | 'edges'>; merged: Draft | undefined }

const rootOf = (draft: Draft): Draft => {
  let root = draft
  while (root.merged !== undefined) root = root.merged
  return root
}

const isMerging = ({ kind, n, expected, proven }: Link): boolean =>
  kind < FIRST_MARGINAL_KIND &&
  kind !== SINGLE_KIND.cell &&
  LINK_KINDS[kind]?.length === 1 &&
  (proven === 0 || n / expected >= LEAST_LIFT_TO_MERGE)

/**
 * Takes the strongest link, then the strongest among who is left, down to 25 entities. Groups that two very
 * specific values have in common, each of them with a tenth of both, are one: one value in common is what a
 * new product does to everybody who uses it. `components` are groups by what they did; `isSilenced` leaves
 * a link out.
 */
export const groupEntities = (
  linking: Linking,
  components: readonly Component[],
  isSilenced: (link: Link) => boolean,
): readonly Group[] => {
  const { links, rows } = linking
  const drafts: Draft[] = []
  const of = new Map<number, Draft>()
  const found = (members: Iterable<number>, families: readonly (LinkFamily | 'edges')[]): void => {
    const draft: Draft = { rows: new Set(members), linkedBy: new Set(families), merged: undefined }
    drafts.push(draft)
    for (const row of draft.rows) of.set(row, draft)
  }
  for (const { entities } of components) found(entities, ['edges'])
  const silent = links.map(isSilenced)
  for (const [i, link] of links.entries()) {
    if (silent[i] === true) continue
    const residual = (rows[i] ?? new Uint32Array(0)).filter((row) => !of.has(row))
    if (residual.length >= LEAST_ENTITIES) found(residual, LINK_KINDS[link.kind] ?? [])
  }

  const shared = new Map<Draft, Map<Draft, number>>()
  for (const [i, link] of links.entries()) {
    if (silent[i] === true || !isMerging(link)) continue
    const held = new Map<Draft, number>()
    for (const row of rows[i] ?? []) {
      const draft = of.get(row)
      if (draft !== undefined) held.set(draft, (held.get(draft) ?? 0) + 1)
    }
    const holders = drafts.filter((d) => (held.get(d) ?? 0) >= SHARE_OF_GROUP * d.rows.size)
    for (const [j, one] of holders.entries()) {
      for (const other of holders.slice(j + 1)) {
        const counts = shared.get(one) ?? new Map<Draft, number>()
        counts.set(other, (counts.get(other) ?? 0) + 1)
        shared.set(one, counts)
        if (counts.get(other) !== MERGING_LINKS) continue
        const [into, gone] = [rootOf(one), rootOf(other)]
        if (into !== gone) gone.merged = into
      }
    }
  }
  for (const draft of drafts) {
    const root = rootOf(draft)
    if (root === draft) continue
    for (const row of draft.rows) root.rows.add(row)
    for (const family of draft.linkedBy) root.linkedBy.add(family)
  }

  const kept = drafts.filter((draft) => draft.merged === undefined)
  const linksOf = new Map<Draft, Link[]>(kept.map((draft) => [draft, []]))
  for (const [i, link] of links.entries()) {
    const held = new Map<Draft, number>()
    for (const row of rows[i] ?? []) {
      const draft = of.get(row)
      if (draft === undefined) continue
      const root = rootOf(draft)
      held.set(root, (held.get(root) ?? 0) + 1)
    }
    for (const [draft, n] of held) {
      if (n >= SHARE_OF_GROUP * draft.rows.size) linksOf.get(draft)?.push(link)
    }
  }
  return kept.map((draft) => ({
    rows: draft.rows,
    links: linksOf.get(draft) ?? [],
    linkedBy: draft.linkedBy,
  }))
}
