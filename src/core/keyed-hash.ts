import { hash, hkdfSync } from 'node:crypto'
import { createRecent } from './recent.ts'

/** Turns an identifier that must not be stored into one that may. */
export type KeyedHash = (value: string) => string

const CACHED = 50_000
const BLOCK_BYTES = 64

/**
 * A keyed hash for one purpose: HMAC-SHA-256 (RFC 2104) under a key derived from the installation's root
 * key and the purpose (RFC 5869), cut to 128 bits, base64url, 22 characters. Hashes of different purposes
 * never match each other. Put together from two one-shot hashes, since `createHmac` builds a key object
 * for every value and costs some twenty times as much; recent values are remembered all the same.
 */
export const createKeyedHash = (rootKey: Uint8Array, purpose: string): KeyedHash => {
  const key = new Uint8Array(BLOCK_BYTES)
  key.set(new Uint8Array(hkdfSync('sha256', rootKey, '', `stillwatch ${purpose}`, 32)))
  const innerPad = key.map((byte) => byte ^ 0x36)
  const outerPad = key.map((byte) => byte ^ 0x5c)
  const recent = createRecent<string, string>(CACHED)
  return (value) => {
    const known = recent.get(value)
    if (known !== undefined) return known
    const inner = hash('sha256', Buffer.concat([innerPad, Buffer.from(value)]), 'buffer')
    const outer = hash('sha256', Buffer.concat([outerPad, inner]), 'buffer')
    const text = outer.subarray(0, 16).toString('base64url')
    // A flood of long made-up values must not fill the memory.
    if (value.length <= 512) recent.set(value, text)
    return text
  }
}
