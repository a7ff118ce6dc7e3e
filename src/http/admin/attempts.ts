import { LRUCache } from 'lru-cache'
import { canonicalAddress, networkOf } from '../../core/ip.ts'
import type { Clock } from '../../core/seams.ts'

/** Counts failed attempts of peers, by the minute. */
export type Attempts = {
  /** Milliseconds until the peer may try again; 0 where it may now. */
  waitMs(peer: string): number
  failed(peer: string): void
}

const WINDOW_MS = 60_000
const MAX_PEERS = 10_000

/** IPv6 callers own a whole /64: counting addresses would count nothing. */
const keyOf = (peer: string): string => {
  const address = canonicalAddress(peer)
  if (address === undefined) return 'unknown'
  return address.includes(':') ? networkOf(address) : address
}

/** Attempts in memory, for at most 10,000 peers; the least recent is forgotten first. */
export const createAttempts = (options: {
  readonly clock: Clock
  readonly perMinute: number
}): Attempts => {
  const { clock, perMinute } = options
  const peers = new LRUCache<string, { untilMs: number; count: number }>({ max: MAX_PEERS })
  return {
    waitMs(peer) {
      const seen = peers.get(keyOf(peer))
      if (seen === undefined || seen.count < perMinute) return 0
      return Math.max(0, seen.untilMs - clock.now())
    },
    failed(peer) {
      const key = keyOf(peer)
      const nowMs = clock.now()
      const seen = peers.get(key)
      if (seen !== undefined && seen.untilMs > nowMs) seen.count++
      else peers.set(key, { untilMs: nowMs + WINDOW_MS, count: 1 })
    },
  }
}
