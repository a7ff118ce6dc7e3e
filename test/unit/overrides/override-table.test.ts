import { describe, expect, it } from 'vitest'
import type { Override } from '../../../src/core/override.ts'
import { createOverrideTable } from '../../../src/overrides/override-table.ts'
import { anOverride, ended } from '../../support/an-override.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const NOW = anOverride().atMs + 2_000

describe('a table of overrides', () => {
  it('answers for a subject and nobody else, until it runs out', () => {
    const table = createOverrideTable()
    expect(table.isEmpty()).toBe(true)
    const one = anOverride()
    expect(table.take(one)).toBe(true)
    expect(table.of('account', 'acct_1', NOW)).toBe(one)
    expect(table.of('account', 'acct_2', NOW)).toBeUndefined()
    expect(table.of('entity', 'acct_1', NOW)).toBeUndefined()
    expect(table.of('account', 'acct_1', one.expiresMs - 1)).toBe(one)
    expect(table.of('account', 'acct_1', one.expiresMs)).toBeUndefined()
    expect(table.get(one.id, one.expiresMs)).toBeUndefined()
    table.sweep(one.expiresMs)
    expect([table.isEmpty(), table.anyDeny('account')]).toEqual([true, false])
  })

  it('puts a refusal over a permission of the same subject, and the newest of equals first', () => {
    const table = createOverrideTable()
    const deny = anOverride()
    const allow = anOverride({ verdict: 'allow', atMs: deny.atMs + 1 })
    const later = anOverride({ verdict: 'allow', atMs: deny.atMs + 2 })
    for (const one of [deny, later, allow]) table.take(one)
    expect(table.of('account', 'acct_1', NOW)).toBe(deny)
    table.take(ended(deny))
    expect(table.of('account', 'acct_1', NOW)).toBe(later)
    expect(table.size(NOW)).toEqual({ allow: 2, deny: 0 })
  })

  it('comes to the same whatever the order in which words come, and an end stays', () => {
    const seed = Date.now() >>> 0
    console.info(`seed ${seed}`)
    const random = createSeededRandom(seed)
    for (let round = 0; round < 200; round++) {
      const words: Override[] = []
      for (let at = 0; at < 6; at++) {
        const one = anOverride({ name: `acct_${random(3)}`, atMs: anOverride().atMs + at })
        words.push(one)
        if (random(2) === 0) words.push(ended(one))
      }
      const straight = createOverrideTable()
      for (const word of words) straight.take(word)
      const mixed = createOverrideTable()
      for (const word of [...words, ...words].toSorted(() => random(3) - 1)) mixed.take(word)
      for (const word of words) mixed.take(word)
      const shown = (table: typeof mixed) =>
        [0, 1, 2].map((at) => table.of('account', `acct_${at}`, NOW)?.id)
      expect(shown(mixed)).toEqual(shown(straight))
    }
  })

  it('pushes none out for a new one where it is full, and still hears of ends', () => {
    const table = createOverrideTable({ maxEntries: 2 })
    const first = anOverride()
    expect([first, anOverride({ name: 'b' })].map((one) => table.take(one))).toEqual([true, true])
    expect(table.take(anOverride({ name: 'c' }))).toBe(false)
    expect(table.of('account', 'acct_1', NOW)).toBe(first)
    expect(table.take(ended(first))).toBe(true)
    expect(table.of('account', 'acct_1', NOW)).toBeUndefined()
  })

  it('lists pages newest first, without holes or repetitions while others come', () => {
    const table = createOverrideTable()
    const all = Array.from({ length: 7 }, (_, at) => anOverride({ atMs: NOW - 10 + at }))
    for (const one of all) table.take(one)
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = table.list({ nowMs: NOW, limit: 3, after })
      seen.push(...page.overrides.map(({ id }) => id))
      after = page.next
      table.take(anOverride({ name: 'later', atMs: NOW + seen.length }))
    } while (after !== undefined)
    expect(seen).toEqual(all.toReversed().map(({ id }) => id))
    expect(table.list({ nowMs: NOW, limit: 9, state: 'ended' }).overrides).toEqual([])
  })
})
