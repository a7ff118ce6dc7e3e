import { describe, expect, it } from 'vitest'
import { createClearanceTable } from '../../../src/challenges/clearance-table.ts'
import type { Clearance } from '../../../src/core/challenge.ts'
import { aClearance, aClearanceId } from '../../support/a-clearance.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const NOW = Date.UTC(2026, 3, 22)
const at = (over: Partial<Clearance> = {}): Clearance => aClearance({ atMs: NOW, ...over })
const idsOf = (some: readonly Clearance[]): string[] => some.map(({ id }) => id)

describe('a table of clearances', () => {
  it('answers by subject and by id until a clearance runs out', () => {
    const table = createClearanceTable()
    const mine = at()
    const yours = at({ subject: 'a:other' })
    expect([table.take(mine), table.take(yours)]).toEqual([true, true])
    expect(table.of('a:acct_1', NOW)).toEqual([mine])
    expect(table.of('a:other', NOW)).toEqual([yours])
    expect(table.of('a:nobody', NOW)).toEqual([])
    expect(table.get(mine.id, mine.expiresMs - 1)).toBe(mine)
    expect(table.get(mine.id, mine.expiresMs)).toBeUndefined()
    expect(table.of('a:acct_1', mine.expiresMs)).toEqual([])
    expect(table.size(mine.expiresMs)).toBe(0)
  })

  it('comes to the same whatever order words about one clearance come in', () => {
    const id = aClearanceId()
    const words = [
      at({ id }),
      at({ id, atMs: NOW - 5, expiresMs: NOW + 10_000 }),
      at({ id, state: 'refused', atMs: NOW - 5, expiresMs: NOW + 10_000 }),
      at({ id, state: 'revoked', atMs: NOW + 9 }),
    ]
    const ends = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 3, 0, 1],
      [1, 0, 3, 2],
    ].map((order) => {
      const table = createClearanceTable()
      for (const which of order) {
        const word = words[which]
        if (word !== undefined) table.take(word)
      }
      expect(table.of('a:acct_1', NOW)).toHaveLength(1)
      return table.get(id, NOW)
    })
    expect(ends).toEqual(ends.map(() => words[3]))
    const table = createClearanceTable()
    for (const word of [words[1], words[2]]) if (word !== undefined) table.take(word)
    expect(table.get(id, NOW)?.state).toBe('refused')
  })

  it('says whether a word was news', () => {
    const table = createClearanceTable()
    const first = at()
    expect(table.take(first)).toBe(true)
    expect(table.take({ ...first })).toBe(false)
    expect(table.take({ ...first, atMs: NOW + 1 })).toBe(false)
    expect(table.take({ ...first, atMs: NOW - 1 })).toBe(true)
    expect(table.take({ ...first, state: 'revoked' })).toBe(true)
    expect(table.take({ ...first, state: 'revoked', atMs: NOW - 9 })).toBe(false)
    expect(table.take({ ...first, atMs: NOW - 9 })).toBe(false)
  })

  it('keeps one clearance of an id where a word names another subject', () => {
    const table = createClearanceTable()
    const first = at()
    table.take(first)
    table.take({ ...first, subject: 'a:moved', atMs: NOW - 1 })
    expect(table.of('a:acct_1', NOW)).toEqual([])
    expect(table.of('a:moved', NOW)).toHaveLength(1)
    expect(table.size(NOW)).toBe(1)
  })

  it('gives up the soonest to run out beyond its bound', () => {
    const table = createClearanceTable({ maxEntries: 3 })
    const expiries = [500, 100, 400, 300, 200]
    const clearances = expiries.map((ms) => at({ expiresMs: NOW + ms }))
    const news = clearances.map((one) => table.take(one))
    expect(table.inForce(NOW).map(({ expiresMs }) => expiresMs - NOW)).toEqual([500, 400, 300])
    expect(news).toEqual([true, true, true, true, false])
  })

  it('forgets granted ones before refused ones, and revoked ones last of all', () => {
    const table = createClearanceTable({ maxEntries: 4 })
    const revoked = at({ expiresMs: NOW + 100 })
    table.take(revoked)
    table.take({ ...revoked, state: 'revoked' })
    for (const ms of [200, 300]) table.take(at({ state: 'refused', expiresMs: NOW + ms }))
    for (const ms of [500, 900, 400]) table.take(at({ expiresMs: NOW + ms }))
    const held = () =>
      table
        .inForce(NOW)
        .map(({ state, expiresMs }) => `${state} ${expiresMs - NOW}`)
        .toSorted()
    expect(held()).toEqual(['granted 900', 'refused 200', 'refused 300', 'revoked 100'])
    expect(table.take({ ...revoked, atMs: NOW - 1 })).toBe(false)
    for (const ms of [50, 60]) table.take(at({ state: 'revoked', expiresMs: NOW + ms }))
    expect(held()).toEqual(['refused 300', 'revoked 100', 'revoked 50', 'revoked 60'])
    for (const ms of [70, 80]) table.take(at({ state: 'revoked', expiresMs: NOW + ms }))
    expect(held()).toEqual(['revoked 100', 'revoked 60', 'revoked 70', 'revoked 80'])
    expect(table.size(NOW + 70)).toBe(2)
  })

  it('holds no more than its bound under a storm of words about few and many', () => {
    const seed = 20_260_422
    console.log(`seed ${seed}`)
    const random = createSeededRandom(seed)
    const table = createClearanceTable({ maxEntries: 50 })
    const ids = Array.from({ length: 200 }, () => aClearanceId())
    const known = new Map<string, Clearance>()
    for (let round = 0; round < 20_000; round++) {
      const one = at({
        id: ids[random(ids.length)] ?? '',
        subject: `a:${random(20)}`,
        atMs: NOW - random(1_000_000),
        expiresMs: NOW + 1 + random(1_000_000),
        state: (['revoked', 'refused', 'granted', 'granted'] as const)[random(4)] ?? 'granted',
      })
      table.take(one)
      known.set(one.id, one)
    }
    const held = table.inForce(NOW)
    expect(held.length).toBe(50)
    const bySubject = Array.from({ length: 20 }, (_, who) => table.of(`a:${who}`, NOW)).flat()
    expect(idsOf(bySubject).toSorted()).toEqual(idsOf(held).toSorted())
    expect(table.size(NOW + 2_000_000)).toBe(0)
    expect(table.of('a:1', NOW)).toEqual([])
  })

  it('counts those granted of a kind', () => {
    const table = createClearanceTable()
    for (const one of [at(), at(), at({ kind: 'human' }), at({ state: 'refused' })]) table.take(one)
    expect(table.size(NOW)).toBe(4)
    expect(table.size(NOW, 'proof_of_work')).toBe(2)
    expect(table.size(NOW, 'step_up')).toBe(0)
  })
})

describe('a list of clearances', () => {
  const filled = (count: number) => {
    const table = createClearanceTable()
    const random = createSeededRandom(7)
    const all = Array.from({ length: count }, (_, one) =>
      at({
        atMs: NOW + random(20),
        subject: `a:${one % 3}`,
        kind: one % 2 === 0 ? 'human' : 'step_up',
        state: one % 5 === 0 ? 'revoked' : 'granted',
      }),
    )
    for (const one of all) table.take(one)
    return { table, all }
  }

  it('gives every one once, the newest first, page by page', () => {
    const { table, all } = filled(101)
    const seen: Clearance[] = []
    let after: string | undefined
    do {
      const page = table.list({ nowMs: NOW, limit: 7, after })
      expect(page.clearances.length).toBeLessThanOrEqual(7)
      seen.push(...page.clearances)
      after = page.next
    } while (after !== undefined)
    expect(idsOf(seen).toSorted()).toEqual(idsOf(all).toSorted())
    const times = seen.map(({ atMs }) => atMs)
    expect(times).toEqual(times.toSorted((one, other) => other - one))
  })

  it('neither repeats nor skips where others come and go between two pages', () => {
    const { table } = filled(40)
    const first = table.list({ nowMs: NOW, limit: 20 })
    const rest = table.list({ nowMs: NOW, limit: 100, after: first.next })
    table.take(at({ atMs: NOW + 500 }))
    const last = first.clearances.at(-1)
    // The very one that the cursor names is there no more.
    if (last !== undefined) table.take({ ...last, atMs: NOW - 1_000 })
    const again = table.list({ nowMs: NOW, limit: 100, after: first.next })
    expect(idsOf(again.clearances.slice(0, rest.clearances.length))).toEqual(idsOf(rest.clearances))
  })

  it('tells apart by subject, kind and state', () => {
    const { table, all } = filled(60)
    const query = { nowMs: NOW, limit: 100 }
    const expected = (holds: (one: Clearance) => boolean): string[] =>
      idsOf(all.filter(holds)).toSorted()
    const listed = (over: object): string[] =>
      idsOf(table.list({ ...query, ...over }).clearances).toSorted()
    expect(listed({ subject: 'a:1' })).toEqual(expected(({ subject }) => subject === 'a:1'))
    expect(listed({ kind: 'human' })).toEqual(expected(({ kind }) => kind === 'human'))
    expect(listed({ state: 'revoked' })).toEqual(expected(({ state }) => state === 'revoked'))
    expect(listed({ subject: 'a:nobody' })).toEqual([])
  })

  it('begins anew after a cursor that is none', () => {
    const { table } = filled(5)
    const first = table.list({ nowMs: NOW, limit: 2 })
    for (const after of ['', 'x', '1.2', `${'9'.repeat(40)}.${aClearanceId()}`, '__proto__']) {
      expect(table.list({ nowMs: NOW, limit: 2, after })).toEqual(first)
    }
  })
})
