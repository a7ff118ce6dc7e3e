import { readFile } from 'node:fs/promises'
import { checkUrl, createFetcher, type Reach } from './account-fetch.ts'
import { readKeySet, type JwtAlgorithm, type KeySet } from './account-jwt-keys.ts'

/** Where an issuer's keys come from: written into the settings, a file, or the issuer's own address. */
export type KeyOrigin =
  | { readonly kind: 'inline'; readonly jwks: unknown }
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string; readonly reach: Reach }

/** The keys in use. */
export interface KeyRing {
  /** `undefined` where there are none, or they are older than may still be trusted. */
  current(nowMs: number): KeySet | undefined
  /**
   * Looks for newer keys, once at a time and at most once a minute (every 5 s while there are none at
   * all); `undefined` where it is too soon. Never rejects.
   */
  renew(nowMs: number): Promise<void> | undefined
  close(): Promise<void>
}

const RENEW_AFTER_MS = 10 * 60_000
const RENEW_GAP_MS = 60_000
const EMPTY_GAP_MS = 5_000
/** How long keys from an address are trusted while it does not answer. */
const HARD_LIMIT_MS = 24 * 3_600_000
const TIMEOUT_MS = 2_000
const MAX_BYTES = 256 * 1024

type Reading = { text(): Promise<string>; close(): Promise<void> }

const readingOf = (origin: Exclude<KeyOrigin, { kind: 'inline' }>): Reading => {
  if (origin.kind === 'file') {
    return { text: () => readFile(origin.file, 'utf8'), close: () => Promise.resolve() }
  }
  const url = checkUrl(origin.url, origin.reach)
  if ('wrong' in url) throw new Error(`key set of the token issuer: ${url.wrong}`)
  const fetcher = createFetcher({
    url,
    reach: origin.reach,
    connections: 1,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  })
  return {
    text: async () => {
      const path = `${url.pathname}${url.search}`
      const { status, text } = await fetcher.ask({ method: 'GET', path, headers: {} })
      if (status !== 200) throw new Error(`the issuer answered ${status}`)
      return text
    },
    close: () => fetcher.close(),
  }
}

/**
 * The keys of one issuer. Keys from an address are renewed every ten minutes and kept for at most a day
 * while it is down; keys from a file are re-read as often and the last good ones kept. Unchanged keys
 * stay the same object, so that what was verified with them stays verified. Rejects on an inline set
 * without a usable key and on a URL that may not be used.
 */
export const createKeyRing = async (
  origin: KeyOrigin,
  algorithms: readonly JwtAlgorithm[],
  nowMs: number,
): Promise<KeyRing> => {
  if (origin.kind === 'inline') {
    const keys = await readKeySet(origin.jwks, algorithms)
    if (keys === undefined) throw new Error('the key set holds no usable key')
    return { current: () => keys, renew: () => undefined, close: () => Promise.resolve() }
  }
  const reading = readingOf(origin)
  const hardLimitMs = origin.kind === 'url' ? HARD_LIMIT_MS : Infinity
  let held: { readonly keys: KeySet; readonly text: string } | undefined
  let goodAtMs = -Infinity
  let triedAtMs = -Infinity
  let running: Promise<void> | undefined

  const load = async (atMs: number): Promise<void> => {
    try {
      const text = await reading.text()
      if (text !== held?.text) {
        const keys = await readKeySet(JSON.parse(text), algorithms)
        if (keys === undefined) return
        held = { keys, text }
      }
      goodAtMs = atMs
    } catch {
      // Down, too large, no JSON: what is held is kept until its limit.
    }
  }
  const renew = (atMs: number): Promise<void> | undefined => {
    if (running !== undefined) return running
    const gapMs = held === undefined ? EMPTY_GAP_MS : RENEW_GAP_MS
    // A clock set back counts as time gone by, once.
    if (Math.abs(atMs - triedAtMs) < gapMs) return undefined
    triedAtMs = atMs
    running = load(atMs).finally(() => {
      running = undefined
    })
    return running
  }

  await renew(nowMs)
  return {
    current: (atMs) => {
      const ageMs = Math.abs(atMs - goodAtMs)
      if (ageMs > RENEW_AFTER_MS) void renew(atMs)
      return ageMs <= hardLimitMs ? held?.keys : undefined
    },
    renew,
    close: () => reading.close(),
  }
}
