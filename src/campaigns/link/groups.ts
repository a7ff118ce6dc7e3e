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
const NEARLY_ALL = 0.9
const MERGING_ROUNDS = 8

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

const heldBy = (rows: Uint32Array, of: ReadonlyMap<number, Draft>): ReadonlyMap<Draft, number> => {
  const held = new Map<Draft, number>()
  for (const row of rows) {
    const draft = of.get(row)
    if (draft === undefined) continue
    const root = rootOf(draft)
    held.set(root, (held.get(root) ?? 0) + 1)
  }
  return held
}

/** Merges drafts by what they hold in common now; whether there were any. */
const mergeOnce = (
  drafts: readonly Draft[],
  of: ReadonlyMap<number, Draft>,
  merging: readonly Uint32Array[],
): boolean => {
  const inCommon = new Map<Draft, Map<Draft, number>>()
  const due: (readonly [Draft, Draft])[] = []
  for (const rows of merging) {
    const held = heldBy(rows, of)
    const shareOf = (draft: Draft): number => (held.get(draft) ?? 0) / draft.rows.size
    const holders = [...held.keys()].filter((draft) => shareOf(draft) >= SHARE_OF_GROUP)
    for (const [j, one] of holders.entries()) {
      for (const other of holders.slice(j + 1)) {
        const counts = inCommon.get(one) ?? new Map<Draft, number>()
        inCommon.set(one, counts)
        // Held by nearly all of both, it would have linked them had it come first.
        const weight = Math.min(shareOf(one), shareOf(other)) >= NEARLY_ALL ? MERGING_LINKS : 1
        const before = (counts.get(other) ?? 0) + (inCommon.get(other)?.get(one) ?? 0)
        counts.set(other, (counts.get(other) ?? 0) + weight)
        if (before < MERGING_LINKS && before + weight >= MERGING_LINKS) due.push([one, other])
      }
    }
  }
  for (const [one, other] of due) {
    const [a, b] = [rootOf(one), rootOf(other)]
    if (a === b) continue
    const [into, gone] = drafts.indexOf(a) < drafts.indexOf(b) ? [a, b] : [b, a]
    gone.merged = into
    for (const row of gone.rows) into.rows.add(row)
    for (const family of gone.linkedBy) into.linkedBy.add(family)
  }
  return due.length > 0
}

/**
 * Takes the strongest link, then the strongest among who is left, down to 25 entities. Groups that two very
 * specific values have in common, each of them with a tenth of both, are one; one value in common is what a
 * new product does to everybody who uses it, and joins only groups that it is the mark of. `components` are groups by what they did; `isSilenced` leaves
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

  const merging = links.flatMap((link, i) =>
    silent[i] !== true && isMerging(link) ? [rows[i] ?? new Uint32Array(0)] : [],
  )
  for (let round = 0; round < MERGING_ROUNDS && mergeOnce(drafts, of, merging); round++);

  const kept = drafts.filter((draft) => draft.merged === undefined)
  const linksOf = new Map<Draft, Link[]>(kept.map((draft) => [draft, []]))
  for (const [i, link] of links.entries()) {
    const held = heldBy(rows[i] ?? new Uint32Array(0), of)
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
