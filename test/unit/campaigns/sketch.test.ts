import { describe, expect, it } from 'vitest'
import { createWordScanner } from '../../../src/campaigns/traits/mask.ts'
import { similarity, sketchOf } from '../../../src/campaigns/traits/sketch.ts'
import { createTraitsHash } from '../../../src/campaigns/traits/traits-hash.ts'
import { SKETCH_BINS, type Sketch } from '../../../src/core/traits.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const sketcher = (key: number): ((text: string) => Sketch) => {
  const hash = createTraitsHash(new Uint8Array(32).fill(key))
  const scanner = createWordScanner(hash.seeds[0])
  return (text) => sketchOf(scanner.plain(text), hash)
}
const sketch = sketcher(1)

const SEED = 41
const random = createSeededRandom(SEED)
const words = (count: number): string[] =>
  Array.from({ length: count }, () => `w${random(1_000_000).toString(36)}`)

const shingles = (text: readonly string[]): Set<string> =>
  new Set(text.slice(3).map((_, at) => text.slice(at, at + 4).join(' ')))

const jaccard = (one: readonly string[], other: readonly string[]): number => {
  const a = shingles(one)
  const b = shingles(other)
  const both = [...a].filter((shingle) => b.has(shingle)).length
  return both / (a.size + b.size - both)
}

describe('a sketch', () => {
  it('is equal for equal words and only alike for others', () => {
    const text = words(100).join(' ')
    expect(sketch(text)).toEqual(sketch(text.toUpperCase().replaceAll(' ', '\n')))
    expect(sketch(text).hash).not.toBe(sketch(`${text} more`).hash)
    expect(similarity(sketch(text), sketch(words(100).join(' ')))).toBeLessThan(0.2)
  })

  it.each([30, 100, 1_000, 5_000])('estimates the similarity of %i words', (count) => {
    // Standard error of 32 bins is 0.09 at most, and 60 pairs are averaged: five sigma.
    const errors = Array.from({ length: 60 }, (_, pair) => {
      const one = words(count)
      const cut = Math.floor((count * pair) / 60)
      const other = [...one.slice(0, cut), ...words(count - cut)]
      return similarity(sketch(one.join(' ')), sketch(other.join(' '))) - jaccard(one, other)
    })
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length
    expect(Math.abs(mean), `seed ${SEED}`).toBeLessThan(0.06)
    expect(Math.max(...errors.map(Math.abs)), `seed ${SEED}`).toBeLessThan(0.45)
  })

  it('fills every bin however short the text is', () => {
    for (const text of ['one', 'one two', words(9).join(' '), words(40).join(' ')]) {
      const { bins } = sketch(text)
      expect(bins).toHaveLength(SKETCH_BINS)
      expect(new Set(bins).has(0xffff_ffff), text).toBe(false)
    }
  })

  it('marks borrowed values by how far they were borrowed', () => {
    expect(new Set(sketch('one').bins).size).toBe(SKETCH_BINS)
  })

  it('knows texts of few words by their words', () => {
    expect(similarity(sketch('alpha beta gamma'), sketch('gamma alpha beta'))).toBe(1)
    expect(similarity(sketch('alpha beta gamma'), sketch('delta epsilon zeta'))).toBe(0)
  })

  it('has nothing in common with that of another installation', () => {
    const text = words(200).join(' ')
    expect(sketch(text).hash).not.toBe(sketcher(2)(text).hash)
    expect(similarity(sketch(text), sketcher(2)(text))).toBeLessThan(0.1)
  })
})

describe('keyed hashes', () => {
  it('are whole numbers from 1 to 2^53 - 1, and no two of a million texts share one', () => {
    const hash = createTraitsHash(new Uint8Array(32))
    const seen = new Float64Array(1_000_000)
    for (let at = 0; at < 1_000_000; at += 2) {
      seen[at] = hash.text(`text ${at}`)
      seen[at + 1] = hash.chain(at, 1, at + 1)
    }
    seen.sort()
    const same = seen.findIndex((value, at) => value === seen[at + 1])
    expect(same).toBe(-1)
    expect(seen.every((value) => Number.isSafeInteger(value) && value >= 1)).toBe(true)
    expect(seen.at(-1)).toBeGreaterThan(2 ** 52)
  })

  it('of sequences tell the order', () => {
    const hash = createTraitsHash(new Uint8Array(32))
    expect(hash.join([1, 2])).not.toBe(hash.join([2, 1]))
    expect(hash.join([1])).not.toBe(hash.join([1, 0]))
    expect(hash.chain(1, 1, 2)).not.toBe(hash.chain(1, 2, 2))
    expect(hash.chain(1, 1, 2)).not.toBe(hash.chain(2, 1, 1))
  })
})
