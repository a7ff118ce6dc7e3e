import { createTokenBuckets } from '../../challenges/token-buckets.ts'
import type { Clock, Exchange } from '../../core/seams.ts'
import { createCallerAddress } from '../../guard/caller-address.ts'
import { createHeadReader } from '../../guard/request-head.ts'

/** Turns a flood of bad answers away before they cost anything. */
export interface FloodGate {
  /** Where a request comes from; `undefined` where it contradicts itself about that. */
  placeOf(exchange: Exchange): string | undefined
  /** Whether so many bad ones came from there that no more are looked at for now. */
  isShut(place: string | undefined): boolean
  /** Counts a bad one. */
  bad(place: string | undefined): void
}

const PER_SECOND = 200
const SECOND_MS = 1_000
/** Some 5 MB. */
const MAX_PLACES = 20_000
const NOWHERE = ''

/**
 * Bad answers that are looked at: 200 a second of one address, the caller's behind a trusted proxy. A guess
 * costs its sender more than us by then, and reading, parsing and hashing more of them would cost the calls
 * of others. Who answers rightly from the same address in that second is told to wait for the next one.
 */
export const createFloodGate = (options: {
  readonly clock: Clock
  readonly trustedProxies: readonly string[]
  readonly perSecond?: number
}): FloodGate => {
  const { clock, trustedProxies, perSecond = PER_SECOND } = options
  const readHead = createHeadReader({ edgeHeaders: [] })
  const addresses = createCallerAddress({ trustedProxies })
  const buckets = createTokenBuckets({
    clock,
    capacity: perSecond,
    refillMs: SECOND_MS,
    maxKeys: MAX_PLACES,
  })
  return {
    placeOf: ({ peerAddress, rawHeaders }) => {
      if (trustedProxies.length === 0) return peerAddress
      try {
        const peer = addresses.peer(peerAddress)
        if (!peer.trusted) return peer.caller.address
        return addresses.caller(peer, readHead(rawHeaders, { fromTrustedPeer: true })).address
      } catch {
        return undefined
      }
    },
    isShut: (place = NOWHERE) => buckets.waitMs(place) > 0,
    bad: (place = NOWHERE) => void buckets.take(place),
  }
}
