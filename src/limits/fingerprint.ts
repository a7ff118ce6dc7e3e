/** A 64-bit value as two signed 32-bit halves; one is reused by its owner to spare an allocation. */
export type Fingerprint = { hi: number; lo: number }

/** Secret key of the hash, two signed 32-bit halves. */
export type HashKey = { readonly k0: number; readonly k1: number }

/**
 * Writes the keyed 64-bit fingerprint of `text` into `out`: HalfSipHash-1-3 over the UTF-16LE bytes
 * (J.-P. Aumasson and D. J. Bernstein, the reference implementation's 64-bit output). The key is a
 * secret of the installation, so that callers who choose their own keys (addresses, model names) can
 * neither aim at one bucket of a table nor at somebody else's counter. Two of a million keys share a
 * fingerprint with a probability of 3 in 100 million.
 */
const fingerprint = (key: HashKey, text: string, out: Fingerprint): void => {
  let v0 = key.k0
  let v1 = key.k1 ^ 0xee
  let v2 = key.k0 ^ 0x6c796765
  let v3 = key.k1 ^ 0x74656462
  const units = text.length
  const even = units & ~1
  // Words of two UTF-16 units, then the closing word, then twice three rounds to finish.
  for (let at = 0; at <= even; at += 2) {
    const word =
      at < even
        ? text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
        : (units << 25) | (units === even ? 0 : text.charCodeAt(at))
    v3 ^= word
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
    v0 ^= word
  }
  v2 ^= 0xee
  for (let round = 0; round < 6; round++) {
    if (round === 3) {
      out.hi = v1 ^ v3
      v1 ^= 0xdd
    }
    v0 = (v0 + v1) | 0
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
    v0 = (v0 << 16) | (v0 >>> 16)
    v2 = (v2 + v3) | 0
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
    v0 = (v0 + v3) | 0
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
    v2 = (v2 + v1) | 0
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
    v2 = (v2 << 16) | (v2 >>> 16)
  }
  out.lo = v1 ^ v3
}

/**
 * Bits of `lo` that are the same for one key under all limits. Where counters are spread over up to 16
 * ledgers by them, a call whose limits share a key asks one.
 */
export const LEDGER_BITS = 15

/** Fingerprints of the keys of many limits under one secret. */
export type Fingerprints = {
  readonly hashKey: HashKey
  /** What sets the keys of one limit apart from those of every other. */
  salt(identity: string): Readonly<Fingerprint>
  /** The fingerprint of a key of that limit. */
  of(salt: Readonly<Fingerprint>, key: string, out: Fingerprint): void
}

/**
 * Limits of one call often share their key (the account) and hashing is the dearest part of a look-up,
 * so a key is hashed alone and combined with the hash of its limit: both are as good as random to
 * anybody without the secret, and so is their exclusive or.
 */
export const createFingerprints = (hashKey: HashKey): Fingerprints => {
  const last = { hi: 0, lo: 0 }
  let lastKey = ''
  fingerprint(hashKey, lastKey, last)
  return {
    hashKey,
    salt: (identity) => {
      const salt = { hi: 0, lo: 0 }
      fingerprint(hashKey, identity, salt)
      salt.lo &= ~LEDGER_BITS
      return salt
    },
    of: (salt, key, out) => {
      if (key !== lastKey) {
        fingerprint(hashKey, key, last)
        lastKey = key
      }
      out.hi = last.hi ^ salt.hi
      out.lo = last.lo ^ salt.lo
    },
  }
}
