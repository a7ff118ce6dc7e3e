import { readFile } from 'node:fs/promises'
import type { Problem } from '../core/problem.ts'
import { checkUrl, createFetcher, type Reach } from './account-fetch.ts'
import { readKeySet, type JwtAlgorithm, type KeySet } from './account-jwt-keys.ts'
import { troubleCause, unexpectedStatus } from './account-trouble.ts'

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

/** What a ring is made of. */
export type KeyRingOptions = {
  readonly origin: KeyOrigin
  readonly algorithms: readonly JwtAlgorithm[]
  /** The moment of the start, ms. */
  readonly nowMs: number
  /** Told what is wrong with the keys, whenever that changes; `undefined` once nothing is any more. */
  readonly onProblem?: ((problem: Problem | undefined) => void) | undefined
}

const RENEW_AFTER_MS = 10 * 60_000
const RENEW_GAP_MS = 60_000
const EMPTY_GAP_MS = 5_000
/** How long keys from an address are trusted while it does not answer. */
const HARD_LIMIT_MS = 24 * 3_600_000
const TIMEOUT_MS = 2_000
const MAX_BYTES = 256 * 1024

type Reading = {
  /** Where the keys are, for problems; without a query, which may hold a secret. */
  readonly name: string
  text(): Promise<string>
  close(): Promise<void>
}

const readingOf = (origin: Exclude<KeyOrigin, { kind: 'inline' }>): Reading => {
  if (origin.kind === 'file') {
    const { file } = origin
    return { name: file, text: () => readFile(file, 'utf8'), close: () => Promise.resolve() }
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
    name: url.origin + url.pathname,
    text: async () => {
      const path = `${url.pathname}${url.search}`
      const { status, text } = await fetcher.ask({ method: 'GET', path, headers: {} })
      if (status !== 200) throw unexpectedStatus(status)
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
export const createKeyRing = async (options: KeyRingOptions): Promise<KeyRing> => {
  const { origin, algorithms, nowMs } = options
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
  let told: string | undefined

  const tell = (what: string | undefined, atMs: number): void => {
    const left = held !== undefined && Math.abs(atMs - goodAtMs) <= hardLimitMs
    const rest = left ? 'the last good keys stay in use' : 'there is no key to verify tokens with'
    const full = what === undefined ? undefined : `${what}, so ${rest}`
    if (full === told) return
    told = full
    const instead = `put a key set (RFC 7517) with a key for ${algorithms.join(' or ')} there`
    try {
      options.onProblem?.(
        full === undefined
          ? undefined
          : { file: reading.name, line: 1, col: 1, what: full, instead },
      )
    } catch {
      // Whoever is told must not be able to break a call.
    }
  }

  const load = async (atMs: number): Promise<void> => {
    try {
      const text = await reading.text()
      if (text !== held?.text) {
        const keys = await readKeySet(JSON.parse(text), algorithms)
        if (keys === undefined) {
          return tell('the key set holds no usable key, or two of one name', atMs)
        }
        held = { keys, text }
      }
      goodAtMs = atMs
      tell(undefined, atMs)
    } catch (error) {
      // Down, too large, no JSON: what is held is kept until its limit.
      const what =
        error instanceof SyntaxError
          ? 'the key set is not valid JSON'
          : `the key set cannot be read (${troubleCause(error)})`
      tell(what, atMs)
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
