import { expect, test } from 'vitest'
import {
  binomialLogRatio,
  binomialUpper,
  chiSquareLower,
  gTest,
  poissonLlr,
} from '../../../src/campaigns/judge/statistics.ts'

// Computed with 40 digits by mpmath 1.3 (gammainc and betainc, regularised).
const CHI_SQUARE: readonly (readonly [x: number, dof: number, p: number])[] = [
  [3.94029913607693, 10, 0.049999999998156],
  [0.5, 1, 0.520499877813047],
  [10, 5, 0.924764753853488],
  [100, 124, 0.0556807764151616],
  [20_000, 25_000, 4.09046316644614e-128],
  [24_900, 24_999, 0.329840495412535],
  [25_600, 24_999, 0.996202249718265],
  [1e-3, 3, 8.40791905804616e-6],
  [9, 24, 0.0024042835731015],
  [2, 3.5, 0.339703193618236],
]

const BINOMIAL: readonly (readonly [k: number, n: number, p0: number, p: number])[] = [
  [10, 100, 0.03, 0.000874058473735698],
  [3, 10, 0.5, 0.945_312_5],
  [50, 60, 0.05, 4.05109902921397e-55],
  [300, 1_000, 0.25, 0.000193590321949079],
  [1_300, 25_000, 0.05, 0.0760818878101617],
  [1_200, 25_000, 0.05, 0.929298555207914],
  [1, 5_000, 1e-4, 0.393484504375255],
  [25, 25, 0.3, 8.472_886_094_43e-14],
]

test.each(CHI_SQUARE)('chi-square below %d with %d degrees is known to ten digits', (x, dof, p) => {
  expect(Math.abs(chiSquareLower(x, dof) / p - 1)).toBeLessThan(1e-10)
})

test.each(BINOMIAL)('%d and more of %d at a rate of %d are known to ten digits', (k, n, p0, p) => {
  expect(Math.abs(binomialUpper(k, n, p0) / p - 1)).toBeLessThan(1e-10)
})

test('chances stay between 0 and 1 at their ends', () => {
  expect(chiSquareLower(0, 5)).toBe(0)
  expect(chiSquareLower(1e9, 5)).toBe(1)
  expect(binomialUpper(0, 10, 0.2)).toBe(1)
  expect(binomialUpper(11, 10, 0.2)).toBe(0)
  expect(binomialUpper(3, 10, 0)).toBe(0)
  expect(binomialUpper(3, 10, 1)).toBe(1)
})

test('what is no more than expected has no likelihood ratio', () => {
  expect(poissonLlr(3, 3)).toBe(0)
  expect(poissonLlr(0, 3)).toBe(0)
  expect(binomialLogRatio(2, 10, 0.2)).toBe(0)
  expect(binomialLogRatio(0, 0, 0.2)).toBe(0)
})

test('likelihood ratios are those of their densities', () => {
  expect(poissonLlr(25, 3)).toBeCloseTo(25 * Math.log(25 / 3) - 22, 12)
  expect(binomialLogRatio(30, 100, 0.1)).toBeCloseTo(
    30 * Math.log(3) + 70 * Math.log(0.7 / 0.9),
    12,
  )
  expect(binomialLogRatio(10, 10, 0.1)).toBeCloseTo(10 * Math.log(10), 12)
})

test('counts are held against shares', () => {
  // Sokal and Rohlf: 9:3:3:1 with 315, 108, 101, 32 (Mendel's peas) gives G = 0.4754 with 3 degrees.
  const { g, dof, p } = gTest([315, 108, 101, 32], [9 / 16, 3 / 16, 3 / 16, 1 / 16])
  expect(g).toBeCloseTo(0.4754, 3)
  expect(dof).toBe(3)
  expect(p).toBeCloseTo(0.924_26, 3)
  expect(gTest([5, 1], [1, 0]).p).toBe(0)
  expect(gTest([5, 0], [1, 0]).p).toBe(1)
})
