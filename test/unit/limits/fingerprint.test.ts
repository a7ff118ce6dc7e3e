import { describe, expect, it } from 'vitest'
import { createFingerprints } from '../../../src/limits/fingerprint.ts'

const of = (k0: number, k1: number, identity: string, key: string): string => {
  const fingerprints = createFingerprints({ k0, k1 })
  const out = { hi: 0, lo: 0 }
  fingerprints.of(fingerprints.salt(identity), key, out)
  return `${out.hi}:${out.lo}`
}

describe('fingerprints', () => {
  it('are the same for the same key, limit and secret, whatever was asked in between', () => {
    const fingerprints = createFingerprints({ k0: 11, k1: -7 })
    const salt = fingerprints.salt('limit')
    const out = { hi: 0, lo: 0 }
    const seen = ['a', 'b', 'a', '', 'a'].map((key) => {
      fingerprints.of(salt, key, out)
      return `${key} ${out.hi}:${out.lo}`
    })
    expect(new Set(seen).size).toBe(3)
    expect(seen[0]).toBe(`a ${of(11, -7, 'limit', 'a')}`)
  })

  it('differ by key, by limit and by either half of the secret', () => {
    const all = [
      of(1, 2, 'limit', 'acct_1'),
      of(1, 2, 'limit', 'acct_2'),
      of(1, 2, 'other', 'acct_1'),
      of(1, 3, 'limit', 'acct_1'),
      of(2, 2, 'limit', 'acct_1'),
    ]
    expect(new Set(all).size).toBe(all.length)
  })

  it('tell apart keys that differ in length, order, a null or a high half only', () => {
    const keys = ['', '\0', '\0\0', '\0\0\0', 'ab', 'ba', 'abc', 'abcd', 'a\u0161', 'aa', 'a\u6100']
    expect(new Set(keys.map((key) => of(5, 6, 'limit', key))).size).toBe(keys.length)
  })

  it('do not collide in either order of 300,000 keys, and fill their bits evenly', () => {
    const fingerprints = createFingerprints({ k0: 123, k1: 456 })
    const salt = fingerprints.salt('limit')
    const out = { hi: 0, lo: 0 }
    const seen = new Set<bigint>()
    const ones = Array.from({ length: 64 }, () => 0)
    const keys = 300_000
    for (let at = 0; at < keys; at++) {
      fingerprints.of(salt, `acct_${at}`, out)
      seen.add((BigInt(out.hi) << 32n) | BigInt(out.lo >>> 0))
      for (let bit = 0; bit < 32; bit++) {
        ones[bit] = (ones[bit] ?? 0) + ((out.lo >>> bit) & 1)
        ones[bit + 32] = (ones[bit + 32] ?? 0) + ((out.hi >>> bit) & 1)
      }
    }
    expect(seen.size).toBe(keys)
    // Six standard deviations of a fair coin.
    for (const count of ones)
      expect(Math.abs(count - keys / 2)).toBeLessThan(6 * Math.sqrt(keys / 4))
  })

  it('change half of their bits with any bit of the key', () => {
    const fingerprints = createFingerprints({ k0: 99, k1: 100 })
    const salt = fingerprints.salt('limit')
    const [one, two] = [
      { hi: 0, lo: 0 },
      { hi: 0, lo: 0 },
    ]
    let flipped = 0
    const trials = 4_000
    for (let at = 0; at < trials; at++) {
      const key = `acct_${at * 31}`
      const place = at % key.length
      fingerprints.of(salt, key, one)
      const unit = key.charCodeAt(place) ^ (1 << (at % 7))
      fingerprints.of(
        salt,
        key.slice(0, place) + String.fromCharCode(unit) + key.slice(place + 1),
        two,
      )
      for (let bits = one.hi ^ two.hi; bits !== 0; bits &= bits - 1) flipped++
      for (let bits = one.lo ^ two.lo; bits !== 0; bits &= bits - 1) flipped++
    }
    expect(flipped / trials).toBeGreaterThan(31)
    expect(flipped / trials).toBeLessThan(33)
  })
})
