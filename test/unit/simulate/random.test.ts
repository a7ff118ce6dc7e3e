import { describe, expect, it } from 'vitest'
import {
  beta,
  createRandom,
  createZipf,
  randomName,
  weighted,
} from '../../../src/simulate/random.ts'

const draws = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw)
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('random streams', () => {
  it('give the same numbers for the same seed and key, others for another seed or key', () => {
    const one = draws(50, createRandom(7, 'a').unit)
    expect(draws(50, createRandom(7, 'a').unit)).toEqual(one)
    expect(draws(50, createRandom(7, 'b').unit)).not.toEqual(one)
    expect(draws(50, createRandom(8, 'a').unit)).not.toEqual(one)
  })

  it('of neighbouring keys have nothing to do with each other', () => {
    const first = draws(20_000, () => 0).map((_, at) => createRandom(1, `account ${at}`).unit())
    expect(mean(first)).toBeCloseTo(0.5, 1)
    const products = first.slice(1).map((value, at) => (value - 0.5) * ((first[at] ?? 0) - 0.5))
    expect(Math.abs(mean(products) * 12)).toBeLessThan(0.03)
  })

  it('are even, normal and Beta where they are said to be', () => {
    const random = createRandom(3, 'shapes')
    const normals = draws(20_000, random.normal)
    expect(mean(normals)).toBeCloseTo(0, 1)
    expect(mean(normals.map((value) => value ** 2))).toBeCloseTo(1, 1)
    expect(mean(draws(20_000, () => beta(random, 0.8, 1.2)))).toBeCloseTo(0.4, 1)
    expect(mean(draws(20_000, () => random.below(10)))).toBeCloseTo(4.5, 0)
  })

  it('draw ranks by Zipf: the first comes twice as often as the second with exponent 1', () => {
    const random = createRandom(4, 'zipf')
    const rank = createZipf(100, 1)
    const counts = [0, 0]
    for (let at = 0; at < 50_000; at++) {
      const drawn = rank(random)
      expect(drawn).toBeLessThan(100)
      if (drawn < 2) counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    expect((counts[0] ?? 0) / (counts[1] ?? 1)).toBeCloseTo(2, 0)
  })

  it('never draw a key without weight', () => {
    const random = createRandom(5, 'weights')
    expect(new Set(draws(2_000, () => weighted(random, { a: 1, b: 0, c: 3 })))).toEqual(
      new Set(['a', 'c']),
    )
  })

  it('name things in digits of one alphabet', () => {
    expect(randomName(createRandom(6, 'name'), 16)).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/)
  })
})
