/** Natural log of the gamma function (Lanczos, g = 7, n = 9); good to 1e-13 for `x > 0.5`. */
const logGamma = (x: number): number => {
  const coefficients = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
  ]
  const shifted = x - 1
  const t = shifted + 7.5
  const sum = coefficients.reduce((all, c, at) => (at === 0 ? c : all + c / (shifted + at)), 0)
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Chance of at most `k` of `n` where each comes with probability `p`. */
const atMost = (k: number, n: number, p: number): number => {
  if (p <= 0) return 1
  if (p >= 1) return k >= n ? 1 : 0
  let sum = 0
  for (let i = 0; i <= k; i++) {
    const ways = logGamma(n + 1) - logGamma(i + 1) - logGamma(n - i + 1)
    sum += Math.exp(ways + i * Math.log(p) + (n - i) * Math.log1p(-p))
  }
  return Math.min(1, sum)
}

/**
 * The share that `k` of `n` leaves possible: one-sided 95 % upper bound after Clopper and Pearson. For
 * none of many it is about 3 / n (the rule of three). 1 where nobody was looked at.
 */
export const upperBound = (k: number, n: number): number => {
  if (n === 0 || k >= n) return 1
  let low = k / n
  let high = 1
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (atMost(k, n, middle) > 0.05) low = middle
    else high = middle
  }
  return high
}
