import { describe, expect, it } from 'vitest'
import { createEntities } from '../../../src/campaigns/link/entities.ts'
import { groupEntities } from '../../../src/campaigns/link/groups.ts'
import { linkEntities, provenBy } from '../../../src/campaigns/link/link.ts'
import { LINK_KINDS } from '../../../src/campaigns/link/link-keys.ts'
import { probabilityOf, profileOf } from '../../../src/campaigns/link/membership.ts'
import type { Observation } from '../../../src/core/campaign.ts'
import { anObservation, aSketch, OBSERVED_FROM_MS, someTraits } from '../../support/observations.ts'

type Look = { readonly client?: string; readonly template?: string; readonly funding?: string }

const PROVEN = 1_000
const NOW_MS = OBSERVED_FROM_MS + 3_600_000

/** Proven ones on common clients and templates of their own, and the given unproven ones. */
const linked = (unproven: readonly Look[], some: Partial<Observation> = {}) => {
  const entities = createEntities({ maxEntities: 50_000, maxClusters: 50_000, onForget: () => {} })
  const see = (entity: string, { client, template, funding }: Look, proven: boolean): void => {
    const traits = someTraits({ template: template === undefined ? undefined : aSketch(template) })
    entities.take(anObservation({ ...some, entity, client, funding, traits, proven }))
  }
  for (let i = 0; i < PROVEN; i++) {
    const look = { client: `sdk-${i % 10}`, template: i % 2 === 0 ? 'hub' : `own-${i}` }
    see(`proven-${i}`, { ...look, funding: `issuer-${i % 100}` }, true)
  }
  for (const [i, look] of unproven.entries()) see(`entity-${i}`, look, false)
  const columns = entities.columns()
  const active = Uint32Array.from({ length: entities.rows() }, (_, row) => row)
  const isProven = provenBy(columns, () => false)
  const linking = linkEntities({ columns, active, isProven, nowMs: NOW_MS })
  const families = linking.links.map(({ kind }) => (LINK_KINDS[kind] ?? []).join('+'))
  return { entities, linking, families, groups: groupEntities(linking, [], () => false) }
}
const many = (count: number, of: (i: number) => Look): Look[] =>
  Array.from({ length: count }, (_, i) => of(i))
const everybody = (count: number) =>
  many(count, (i) => ({
    client: `sdk-${i % 10}`,
    template: `mine-${i}`,
    funding: `issuer-${i % 100}`,
  }))

describe('linking', () => {
  it('finds those who share a wording that the proven do not know, from 25 on', () => {
    const pool = (n: number) => many(n, (i) => ({ client: `sdk-${i % 10}`, template: 'pool' }))
    expect(linked([...everybody(900), ...pool(24)]).groups).toEqual([])
    const { groups, families } = linked([...everybody(900), ...pool(40)])
    expect(families).toContain('template')
    expect(groups.map(({ rows }) => rows.size)).toEqual([40])
  })

  it('finds nobody by what many proven ones share, however many share it', () => {
    const { groups } = linked(many(800, (i) => ({ client: `sdk-${i % 10}`, template: 'hub' })))
    expect(groups).toEqual([])
  })

  it('finds a campaign that is most of the unproven, since they are not the measure', () => {
    const { groups } = linked([...everybody(100), ...many(2_000, () => ({ template: 'pool' }))])
    expect(groups[0]?.rows.size).toBe(2_000)
  })

  it('does not take for a link what hardly any unproven one can be without', () => {
    const trial = many(500, (i) => ({
      client: `sdk-${i % 10}`,
      template: `mine-${i}`,
      funding: 'trial',
    }))
    expect(linked([...everybody(300), ...trial]).groups).toEqual([])
  })

  it('tells groups that have only one new thing in common apart, and joins those that have two', () => {
    const halves = (wordings: number) =>
      many(120, (i) => ({
        client: `relay-${i % 2}`,
        template: `pool-${Math.floor(i / 2) % wordings}`,
      }))
    const twoWordings = linked([...everybody(900), ...halves(2)]).groups
    expect(twoWordings.map(({ rows }) => rows.size)).toEqual([120])
    const launched = linked([
      ...everybody(900),
      ...many(80, () => ({ client: 'relay', template: 'new' })),
      ...many(200, (i) => ({ client: `sdk-${i % 10}`, template: 'new' })),
    ])
    expect(launched.groups.map(({ rows }) => rows.size)).toEqual([280])
  })
})

describe('membership', () => {
  const pool = many(100, (i) => ({ client: `relay-${i % 2}`, template: `pool-${i % 3}` }))
  const stranger: Look = { client: 'relay-0', template: 'mine' }
  const { entities, linking, groups } = linked([...everybody(900), ...pool, stranger])
  const rows = groups[0]?.rows ?? new Set<number>()
  const columns = entities.columns()
  const reference = Array.from({ length: PROVEN }, (_, i) => i)
  const profile = profileOf({ columns, rows, linking, reference, edges: new Set(), nowMs: NOW_MS })
  const of = (name: string): number => {
    const row = entities.find(name) ?? -1
    return probabilityOf(profile, columns, row, rows.has(row), NOW_MS)
  }

  it('is as good as certain for those who look like it in two ways', () => {
    for (let i = 900; i < 1_000; i++) expect(of(`entity-${i}`)).toBeGreaterThan(0.99)
  })

  it('is refused to somebody who has one value in common and is unlike it otherwise', () => {
    expect(rows.has(entities.find('entity-1000') ?? -1)).toBe(true)
    expect(of('entity-1000')).toBeLessThan(0.9)
    expect(of('entity-5')).toBeLessThan(0.01)
  })

  it('takes three things that speak for it before it may cost more than a budget', () => {
    // Client and wording are two, however clear each of them is.
    for (let i = 900; i < 1_000; i++) expect(of(`entity-${i}`)).toBeLessThan(0.9999)
    const funded = pool.map((look) => ({ ...look, funding: 'one programme' }))
    const paid = linked([...everybody(900), ...funded])
    const members = paid.groups[0]?.rows ?? new Set<number>()
    const paidColumns = paid.entities.columns()
    const paidProfile = profileOf({
      columns: paidColumns,
      rows: members,
      linking: paid.linking,
      reference,
      edges: new Set(),
      nowMs: NOW_MS,
    })
    const row = paid.entities.find('entity-900') ?? -1
    expect(probabilityOf(paidProfile, paidColumns, row, true, NOW_MS)).toBeGreaterThan(0.9999)
  })

  it('is refused where a middling value alone speaks for it, and the week of sign-up', () => {
    const some = many(60, () => ({ client: 'sdk-3', template: 'pool' }))
    const half = many(40, (i) => ({ client: 'sdk-3', template: `wording-${i}` }))
    const { linking: alone, entities: all, groups: found } = linked([...some, ...half])
    const members = found[0]?.rows ?? new Set<number>()
    const allColumns = all.columns()
    const ofGroup = profileOf({
      columns: allColumns,
      rows: members,
      linking: alone,
      reference,
      edges: new Set(),
      nowMs: NOW_MS,
    })
    const other = all.find('entity-70') ?? -1
    expect(members.has(other)).toBe(false)
    expect(probabilityOf(ofGroup, allColumns, other, false, NOW_MS)).toBeLessThan(0.99)
  })
})
