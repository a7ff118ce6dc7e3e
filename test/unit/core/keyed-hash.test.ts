import { createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeyedHash } from '../../../src/core/keyed-hash.ts'

const root = Buffer.alloc(32, 7)

describe('a keyed hash', () => {
  it('is the same for the same value, also when it is no longer remembered', () => {
    const hash = createKeyedHash(root, 'credential')
    const first = hash('sk-1')
    for (let at = 0; at < 60_000; at++) hash(`sk-other-${at}`)
    expect(hash('sk-1')).toBe(first)
    expect(createKeyedHash(root, 'credential')('sk-1')).toBe(first)
    expect(first).toMatch(/^[\w-]{22}$/)
  })

  it('differs by purpose and by key', () => {
    const values = [
      createKeyedHash(root, 'credential')('x'),
      createKeyedHash(root, 'instrument')('x'),
      createKeyedHash(Buffer.alloc(32, 8), 'credential')('x'),
    ]
    expect(new Set(values).size).toBe(3)
  })

  it('is HMAC-SHA-256 under the derived key, for every text', () => {
    const key = Buffer.from(hkdfSync('sha256', root, '', 'stillwatch credential', 32))
    const hash = createKeyedHash(root, 'credential')
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (value) => {
        const wanted = createHmac('sha256', key).update(value).digest().subarray(0, 16)
        expect(hash(value)).toBe(wanted.toString('base64url'))
      }),
    )
  })
})
