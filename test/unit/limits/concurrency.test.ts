import { describe, expect, it } from 'vitest'
import { createConcurrency } from '../../../src/limits/concurrency.ts'
import { createFingerprints } from '../../../src/limits/fingerprint.ts'

describe('concurrency', () => {
  it('remembers a key exactly as long as one of its calls runs', () => {
    const fingerprints = createFingerprints({ k0: 1, k1: 1 })
    const concurrency = createConcurrency(fingerprints)
    const salt = fingerprints.salt('limit')
    const locate = (key: string) => {
      const place = { hi: 0, lo: 0, slot: -1 }
      expect(concurrency.locate(salt, key, 0, place)).toBe(true)
      return place
    }
    const places = Array.from({ length: 5_000 }, (_, at) => {
      const place = locate(`key-${at % 1_000}`)
      concurrency.take(place)
      return place
    })
    expect(concurrency.keys()).toBe(1_000)
    expect(concurrency.running(locate('key-7'))).toBe(5)
    for (const place of places) concurrency.giveBack(place)
    expect(concurrency.keys()).toBe(0)
    expect(concurrency.running(locate('key-7'))).toBe(0)
  })
})
