import { describe, expect, it } from 'vitest'
import { overrideRow, parseOverrideRow } from '../../../src/core/override-row.ts'
import { overrideTexts, parseOverrides } from '../../../src/overrides/override-text.ts'
import { NAUGHTY } from '../../fixtures/naughty.ts'
import { anOverride, ended } from '../../support/an-override.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

describe('texts of overrides', () => {
  it('hold every field of every override, in batches within their bounds', () => {
    const long = ended(anOverride({ name: '"'.repeat(256), why: '\u0001'.repeat(500) }))
    const all = [
      ...Array.from({ length: 103 }, () => long),
      anOverride({ of: 'network', name: '2001:db8::/64', verdict: 'allow' }),
      anOverride({ of: 'asn', name: '4294967295' }),
      anOverride({ of: 'credential', name: 'c'.repeat(22) }),
    ]
    const texts = overrideTexts(all)
    expect(texts).toHaveLength(2)
    expect(texts.flatMap((text) => parseOverrides(text).overrides)).toEqual(all)
    expect(texts.map((text) => parseOverrides(text).refused)).toEqual([0, 0])
  })

  it('refuse a row of which anything is not as it has to be', () => {
    const good = JSON.parse(overrideRow(ended(anOverride()))) as unknown[]
    expect(parseOverrideRow(JSON.stringify(good))).toBeDefined()
    const bad: readonly (readonly [number, unknown])[] = [
      [0, 'short'],
      [1, 9],
      [1, -1],
      [2, ''],
      [2, 'two words'],
      [2, 'x'.repeat(257)],
      [3, 2],
      [3, 'allow'],
      [4, 0],
      [4, '1'],
      [5, good[4]],
      [5, Number(good[4]) + 91 * 86_400_000],
      [6, 'a b'],
      [6, ''],
      [7, ''],
      [7, 'x'.repeat(501)],
      [8, -1],
      [8, 0],
      [9, 0],
      [10, 7],
    ]
    for (const [at, value] of bad) {
      const row = good.with(at, value)
      expect([at, value, parseOverrideRow(JSON.stringify(row))]).toEqual([at, value, undefined])
    }
    expect(parseOverrideRow(JSON.stringify(good.slice(1)))).toBeUndefined()
    for (const name of ['10.0.0.0/8', '10.0.0.1/24', '2001:DB8::/64', 'all', '0.0.0.0/0']) {
      expect(parseOverrideRow(JSON.stringify(good.with(1, 3).with(2, name)))).toBeUndefined()
    }
    for (const name of ['0', '007', '4294967296', '-1', '1e3']) {
      expect(parseOverrideRow(JSON.stringify(good.with(1, 4).with(2, name)))).toBeUndefined()
    }
  })

  it('never throw, whatever comes', () => {
    const seed = Date.now() >>> 0
    console.info(`seed ${seed}`)
    const random = createSeededRandom(seed)
    const [text = ''] = overrideTexts([anOverride(), ended(anOverride())])
    for (const naughty of NAUGHTY) expect(parseOverrides(naughty).overrides).toEqual([])
    for (let round = 0; round < 2_000; round++) {
      const at = random(text.length)
      const other = String.fromCharCode(random(128))
      const { overrides } = parseOverrides(text.slice(0, at) + other + text.slice(at + 1))
      expect(overrides.length).toBeLessThanOrEqual(2)
    }
  })
})
