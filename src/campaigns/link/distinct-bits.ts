/** Bits that are set in 32. */
export const bitsOf = (word: number): number => {
  let w = word - ((word >>> 1) & 0x55555555)
  w = (w & 0x33333333) + ((w >>> 2) & 0x33333333)
  return Math.imul((w + (w >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/**
 * Distinct things behind a bitmap of `size` bits of which `set` are set, each thing having set one bit of
 * its hash: linear counting (Whang, Vander-Zanden, Taylor, ACM TODS 1990). A full bitmap counts as if one
 * half of a bit were clear.
 */
export const distinctOf = (set: number, size: number): number =>
  set === 0 ? 0 : -size * Math.log(Math.max(size - set, 0.5) / size)
