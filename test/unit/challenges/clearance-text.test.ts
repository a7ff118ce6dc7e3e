import { describe, expect, it } from 'vitest'
import {
  clearanceTexts,
  MAX_CLEARANCES_OF_BATCH,
  parseClearances,
} from '../../../src/challenges/clearance-text.ts'
import { CORRECTABLE, type Clearance } from '../../../src/core/challenge.ts'
import { clearanceRow, MAX_CLEARANCE_CHARS } from '../../../src/core/clearance-row.ts'
import { FACTS, UNKNOWN, type FactName } from '../../../src/core/facts.ts'
import { aClearance } from '../../support/a-clearance.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const full = aClearance({
  kind: 'step_up',
  bound: { network: 'net', asn: 64_500, credential: 'cred' },
  facts: { 'account.verified': 'identity', 'account.status': 'active', 'payment.verified': true },
})
const rowOf = (clearance: Clearance): unknown[] => JSON.parse(clearanceRow(clearance)) as unknown[]

describe('texts of clearances', () => {
  it('hold every field of every clearance, in batches that are within their bounds', () => {
    const longest = { ...full, subject: `a:${'"'.repeat(256)}` }
    const all = Array.from({ length: MAX_CLEARANCES_OF_BATCH + 3 }, () => longest)
    const texts = clearanceTexts(all)
    expect(texts).toHaveLength(2)
    expect(texts.map((text) => parseClearances(text).refused)).toEqual([0, 0])
    expect(texts.flatMap((text) => parseClearances(text).clearances)).toEqual(all)
    expect(clearanceRow(longest).length).toBeLessThan(MAX_CLEARANCE_CHARS)
    expect(clearanceTexts([])).toEqual([])
  })

  it('carry each value that each fact may be corrected to, and no fact that may not be', () => {
    for (const name of CORRECTABLE) {
      const row = FACTS[name]
      for (const value of 'values' in row ? row.values : [true, false]) {
        const corrected = { ...full, facts: { [name]: value } }
        const [text = ''] = clearanceTexts([corrected])
        expect(parseClearances(text).clearances).toStrictEqual([corrected])
      }
    }
    // A part that was written without its types.
    const strange = { [`account.id` satisfies FactName]: 'x', 'account.status': UNKNOWN.failed }
    const [text = ''] = clearanceTexts([{ ...full, facts: strange }])
    expect(parseClearances(text).clearances).toStrictEqual([{ ...full, facts: {} }])
  })

  it('carry whether a challenge was settled by hand, with facts and without', () => {
    for (const one of [full, aClearance()]) {
      const settled = { ...one, byHand: true as const }
      expect(parseClearances(clearanceTexts([settled])[0] ?? '').clearances).toStrictEqual([
        settled,
      ])
    }
  })

  it('refuse a row of which anything is not as it has to be, and keep the others', () => {
    const good = rowOf(full)
    const bad: readonly (readonly [number, unknown])[] = [
      [0, 'short'],
      [0, 'a'.repeat(21) + '!'],
      [0, 5],
      [1, 3],
      [1, -1],
      [1, 'human'],
      [2, 'b:x'],
      [2, 'a:'],
      [2, `a:${'x'.repeat(257)}`],
      [2, 'a:new\nline'],
      [2, 'a:ümlaut'],
      [3, 3],
      [3, null],
      [4, -1],
      [4, 1e15],
      [4, '1'],
      [5, null],
      [6, ''],
      [6, 'x'.repeat(65)],
      [6, 1],
      [7, 1.5],
      [7, 2 ** 32],
      [7, -2],
      [8, {}],
      [9, 'bad id\u0000'],
      [10, 1_000],
      [10, 90],
      [10, 3],
      [10, 610],
      [10, -1],
      [11, 4],
      [11, 0],
    ]
    for (const [place, value] of bad) {
      const row = good.with(place, value)
      const parsed = parseClearances(JSON.stringify([1, good, row, good]))
      expect([place, value, parsed.refused, parsed.clearances.length]).toEqual([place, value, 1, 2])
    }
    expect(parseClearances(JSON.stringify([1, [...good, 0], good.slice(1), [], {}, null]))).toEqual(
      { clearances: [], refused: 5 },
    )
  })

  it('of another version, too long or too many say nothing', () => {
    const good = rowOf(full)
    const many = Array.from({ length: MAX_CLEARANCES_OF_BATCH + 1 }, () => good)
    const long = `[1,${' '.repeat(600_000)}${JSON.stringify(good)}]`
    for (const text of [
      JSON.stringify([2, good]),
      JSON.stringify([1, ...many]),
      long,
      '',
      'null',
    ]) {
      expect(parseClearances(text)).toEqual({ clearances: [], refused: 1 })
    }
  })

  it('that were bent at random never throw and yield only clearances that can be written again', () => {
    const seed = 40_417
    console.log(`seed ${seed}`)
    const random = createSeededRandom(seed)
    const [text = ''] = clearanceTexts([full, aClearance(), aClearance({ state: 'refused' })])
    const letters = '[]{},:"\\0123456789-eE.atruefalsn\u0000\ud800é'
    let sound = 0
    for (let round = 0; round < 20_000; round++) {
      let bent = text
      for (let times = 1 + random(3); times > 0; times--) {
        const place = random(bent.length + 1)
        const letter = letters[random(letters.length)] ?? ''
        bent = bent.slice(0, place) + letter + bent.slice(place + random(3))
      }
      const { clearances } = parseClearances(bent)
      sound += clearances.length
      const again = clearanceTexts(clearances).flatMap((each) => parseClearances(each).clearances)
      expect(again).toStrictEqual(clearances)
    }
    expect(sound).toBeGreaterThan(1_000)
  })
})
