import type { Caller } from '../core/call.ts'
import { Fault } from '../core/fault.ts'
import { canonicalAddress, networkOf } from '../core/ip.ts'
import { walkForwarded, walkForwardedFor } from './forwarded-chain.ts'
import type { RequestHead } from './request-head.ts'
import { createTrustedProxies } from './trusted-proxies.ts'
import { createRecent } from '../core/recent.ts'

/** An address on the way, and whether it is one of the operator's own proxies. */
type Hop = { readonly caller: Caller; readonly trusted: boolean }

/** Finds out who calls. */
export type CallerAddress = {
  /** The peer of the socket. */
  peer(peerAddress: string): Hop
  /** The caller behind that peer. */
  caller(peer: Hop, head: RequestHead): Caller
}

const MAX_HOPS = 64
const REMEMBERED = 10_000

type Walk = (visit: (address: string) => boolean) => void

/**
 * The caller's address. Only where the socket's peer is a trusted proxy are X-Forwarded-For and Forwarded
 * read, from the right through trusted proxies to the first hop that is not one: that is the last address
 * somebody trustworthy wrote down. An entry that is no address (`unknown`, an obfuscated `_name`, octal
 * digits, a zone, a blank) ends the walk at the last good hop; so does the 64th. X-Real-IP and the like
 * are never read.
 *
 * Where both fields came and lead to different callers, one of them was not written by the proxies: the call
 * is refused with `invalid_header`, since nothing tells which. Addresses are remembered with their
 * network and whether they are trusted, since working them out costs a microsecond.
 */
export const createCallerAddress = (options: {
  readonly trustedProxies: readonly string[]
}): CallerAddress => {
  const isTrusted = createTrustedProxies(options.trustedProxies)
  const remembered = createRecent<string, Hop>(REMEMBERED)

  const hopOf = (text: string): Hop | undefined => {
    const known = remembered.get(text)
    if (known !== undefined) return known
    const address = canonicalAddress(text)
    if (address === undefined) return undefined
    const hop: Hop = {
      caller: { address, network: networkOf(address) },
      trusted: isTrusted(address),
    }
    remembered.set(text, hop)
    return hop
  }

  const walked = (peer: Hop, walk: Walk): Caller => {
    let last = peer
    let hops = 0
    walk((address) => {
      const hop = hopOf(address)
      if (hop === undefined || ++hops > MAX_HOPS) return false
      last = hop
      return hop.trusted
    })
    return last.caller
  }

  return {
    peer(peerAddress) {
      // A link-local peer carries the zone of our own interface, which is no part of the address.
      const zone = peerAddress.indexOf('%')
      const peer = hopOf(zone === -1 ? peerAddress : peerAddress.slice(0, zone))
      // A socket that is already closed has no peer any more.
      if (peer === undefined) throw new Fault(peerAddress === '' ? 'client_gone' : 'internal')
      return peer
    },
    caller(peer, { forwardedFor, forwarded }) {
      if (!peer.trusted || (forwardedFor === undefined && forwarded.length === 0)) {
        return peer.caller
      }
      const byFor =
        forwardedFor === undefined
          ? undefined
          : walked(peer, (visit) => walkForwardedFor(forwardedFor, visit))
      const byForwarded =
        forwarded.length === 0
          ? undefined
          : walked(peer, (visit) => walkForwarded(forwarded, visit))
      if (byFor && byForwarded && byFor.address !== byForwarded.address) {
        throw new Fault('invalid_header', {
          detail: 'X-Forwarded-For and Forwarded name different callers',
        })
      }
      return byFor ?? byForwarded ?? peer.caller
    },
  }
}
