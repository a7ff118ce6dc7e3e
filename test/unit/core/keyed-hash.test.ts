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
})
