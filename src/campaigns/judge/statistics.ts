const LN_SQRT_2PI = 0.918_938_533_204_672_7
const LANCZOS = [
  0.999_999_999_999_809_9, 676.520_368_121_885_1, -1_259.139_216_722_402_8, 771.323_428_777_653_1,
  -176.615_029_162_140_6, 12.507_343_278_686_905, -0.138_571_095_265_720_12,
  9.984_369_578_019_572e-6, 1.505_632_735_149_311_6e-7,
]

/** ln of the gamma function for x > 0; Lanczos (SIAM J. Numer. Anal. 1, 1964) with g = 7 and nine terms. */
const lnGamma = (x: number): number => {
  const z = x - 1
  const series = LANCZOS.reduce((sum, term, i) => (i === 0 ? term : sum + term / (z + i)), 0)
  const t = z + 7.5
  return LN_SQRT_2PI + (z + 0.5) * Math.log(t) - t + Math.log(series)
}

/** What Stirling's formula for ln n! leaves out. */
const stirlingError = (n: number): number =>
  n < 16
    ? lnGamma(n + 1) - (n + 0.5) * Math.log(n) + n - LN_SQRT_2PI
    : (1 / 12 - (1 / 360 - (1 / 1260 - 1 / 1680 / (n * n)) / (n * n)) / (n * n)) / n

/** x ln(x / mean) + mean - x, without cancellation where the two are close. */
const deviance = (x: number, mean: number): number => {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x
  const v = (x - mean) / (x + mean)
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let j = 1; j < 1_000; j++) {
    term *= v * v
    const next = sum + term / (2 * j + 1)
    if (next === sum) return sum
    sum = next
  }
  return sum
}

/**
 * x^a e^-x / gamma(a + 1): the Poisson probability of `a` events, for real `a` >= 0. Saddle-point form of
 * Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000), exact to a few ulps at any size.
 */
const poissonTerm = (a: number, x: number): number => {
  if (a === 0) return Math.exp(-x)
  return Math.exp(-stirlingError(a) - deviance(a, x) - LN_SQRT_2PI - Math.log(a) / 2)
}

/** Probability of exactly `k` of `n`; Loader (2000) as above. */
const binomialTerm = (k: number, n: number, p: number): number => {
  if (k === 0) return Math.exp(n * Math.log1p(-p))
  if (k === n) return Math.exp(n * Math.log(p))
  const ln =
    stirlingError(n) -
    stirlingError(k) -
    stirlingError(n - k) -
    deviance(k, n * p) -
    deviance(n - k, n * (1 - p))
  return Math.exp(ln - LN_SQRT_2PI + Math.log(n / (k * (n - k))) / 2)
}

/** The regularised lower incomplete gamma function by its series, DLMF 8.7.1; for x < a + 1. */
const lowerSeries = (a: number, x: number): number => {
  let term = 1
  let sum = 1
  for (let k = 1; k < 1e6; k++) {
    term *= x / (a + k)
    sum += term
    if (term < sum * 1e-17) break
  }
  return poissonTerm(a, x) * sum
}

/** The upper one by its continued fraction, DLMF 8.9.2, in the form of Lentz; for x >= a + 1. */
const upperFraction = (a: number, x: number): number => {
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let i = 1; i < 1e6; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    const step = c * d
    h *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return poissonTerm(a, x) * a * h
}

/** Probability that a chi-square variable of `dof` > 0 degrees of freedom is at most `x`. */
export const chiSquareLower = (x: number, dof: number): number => {
  if (x <= 0) return 0
  const a = dof / 2
  return x / 2 < a + 1 ? lowerSeries(a, x / 2) : 1 - upperFraction(a, x / 2)
}

/** Probability that it is more than `x`. */
const chiSquareUpper = (x: number, dof: number): number => {
  if (x <= 0) return 1
  const a = dof / 2
  return x / 2 < a + 1 ? 1 - lowerSeries(a, x / 2) : upperFraction(a, x / 2)
}

/** Log-likelihood ratio of `n` events against a Poisson of mean `mu` > 0; 0 where there are no more than that. */
export const poissonLlr = (n: number, mu: number): number =>
  n <= mu ? 0 : n * Math.log(n / mu) - (n - mu)

/**
 * Log-likelihood ratio of a share of `k` in `n` against a share of `p0`, 0 < p0 < 1; 0 where it is no
 * larger.
 */
export const binomialLogRatio = (k: number, n: number, p0: number): number => {
  if (n <= 0 || k / n <= p0) return 0
  const share = k / n
  const rest = k === n ? 0 : (n - k) * Math.log((1 - share) / (1 - p0))
  return k * Math.log(share / p0) + rest
}

/** Probability of `k` or more of `n` where each comes true with probability `p`. Whole `k` and `n`. */
export const binomialUpper = (k: number, n: number, p: number): number => {
  if (k <= 0) return 1
  if (k > n || p <= 0) return 0
  if (p >= 1) return 1
  const odds = p / (1 - p)
  // Sums away from the mean, so that terms fall at once and no small tail is a difference of large ones.
  if (k > n * p) {
    let term = binomialTerm(k, n, p)
    let sum = term
    for (let j = k; j < n && term > sum * 1e-17; j++) {
      term *= ((n - j) / (j + 1)) * odds
      sum += term
    }
    return Math.min(1, sum)
  }
  let term = binomialTerm(k - 1, n, p)
  let sum = term
  for (let j = k - 1; j > 0 && term > sum * 1e-17; j--) {
    term *= j / (n - j + 1) / odds
    sum += term
  }
  return Math.max(0, 1 - sum)
}

/**
 * G-test of goodness of fit: counts against shares that sum to 1 (Sokal and Rohlf, Biometry, 17). A value
 * that cannot occur and does makes `g` infinite and `p` 0; a share of 0 with no count takes no part.
 */
export const gTest = (
  counts: readonly number[],
  shares: readonly number[],
): { readonly g: number; readonly dof: number; readonly p: number } => {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const dof = Math.max(1, shares.filter((share) => share > 0).length - 1)
  const g = counts.reduce((sum, count, i) => {
    if (count === 0) return sum
    const share = shares[i] ?? 0
    return sum + 2 * count * Math.log(count / (total * share))
  }, 0)
  return { g, dof, p: g === Infinity ? 0 : chiSquareUpper(g, dof) }
}
