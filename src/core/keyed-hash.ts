import { createHmac, hkdfSync } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/** Turns an identifier that must not be stored into one that may. */
export type KeyedHash = (value: string) => string

const CACHED = 50_000

/**
 * A keyed hash for one purpose: HMAC-SHA-256 under a key derived from the installation's root key and
 * the purpose (RFC 5869), cut to 128 bits, base64url, 22 characters. Hashes of different purposes never
 * match each other. Recent values are remembered, since an HMAC costs 3 µs and a call needs several.
 */
export const createKeyedHash = (rootKey: Uint8Array, purpose: string): KeyedHash => {
  const key = Buffer.from(hkdfSync('sha256', rootKey, '', `stillwatch ${purpose}`, 32))
  const recent = new LRUCache<string, string>({ max: CACHED })
  return (value) => {
    const known = recent.get(value)
    if (known !== undefined) return known
    const hash = createHmac('sha256', key)
      .update(value)
      .digest()
      .subarray(0, 16)
      .toString('base64url')
    // A flood of long made-up values must not fill the memory.
    if (value.length <= 512) recent.set(value, hash)
    return hash
  }
}
