import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Seals texts, so that what others wrote into Redis is not believed. */
export type Sealing = {
  /** The text with its seal in front. `place` is where it will stand, so that it counts nowhere else. */
  seal(place: string, text: string): string
  /** The text again; `undefined` for anything this installation did not put in this place. */
  open(place: string, sealed: unknown): string | undefined
}

const SEAL_CHARS = 22

/**
 * HMAC-SHA-256 (RFC 2104), cut to 128 bits, under a key derived from the installation's root key (RFC
 * 5869), over place and text.
 */
export const createSealing = (rootKey: Uint8Array): Sealing => {
  const key = new Uint8Array(hkdfSync('sha256', rootKey, '', 'stillwatch detect', 32))
  const sealOf = (place: string, text: string): string =>
    createHmac('sha256', key)
      .update(`${place.length}:${place}${text}`)
      .digest('base64url')
      .slice(0, SEAL_CHARS)
  return {
    seal: (place, text) => sealOf(place, text) + text,
    open: (place, sealed) => {
      if (typeof sealed !== 'string' || sealed.length < SEAL_CHARS) return undefined
      const text = sealed.slice(SEAL_CHARS)
      const mine = Buffer.from(sealOf(place, text))
      const theirs = Buffer.from(sealed.slice(0, SEAL_CHARS))
      return mine.length === theirs.length && timingSafeEqual(mine, theirs) ? text : undefined
    },
  }
}
