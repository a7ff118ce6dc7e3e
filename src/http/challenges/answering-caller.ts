import type { AnswerFrom } from '../../core/challenge.ts'
import type { KeyedHash } from '../../core/keyed-hash.ts'
import type { Exchange } from '../../core/seams.ts'
import { createCallerAddress } from '../../guard/caller-address.ts'
import { readCredential } from '../../guard/credential.ts'
import { readQuery } from '../../guard/query.ts'
import { createHeadReader, type RequestHead } from '../../guard/request-head.ts'

/** A request to answer a challenge, judged as strictly as a call. */
export type AnsweringCaller = { readonly head: RequestHead; readonly from: AnswerFrom }

/** What finding out who answers takes. */
export type AnsweringCallerOptions = {
  /** CIDR blocks of the operator's own proxies, as for calls. */
  readonly trustedProxies: readonly string[]
  /** Headers that count only from a trusted proxy, as for calls. */
  readonly edgeHeaders?: readonly string[] | undefined
  /** The hash by which calls name their credential. */
  readonly credentialHash: KeyedHash
  /** The hash by which challenges name a network. */
  readonly hashNetwork: KeyedHash
  /** Number of the autonomous system of a canonical address, where it is known. */
  readonly asnOf: (address: string) => number | undefined
}

/**
 * Finds out who answers, by the rules by which calls are read. The function throws faults of source
 * client: two Hosts, two credentials, a forwarded chain that contradicts itself.
 */
export const createAnsweringCaller = (
  options: AnsweringCallerOptions,
): ((exchange: Exchange) => AnsweringCaller) => {
  const { credentialHash, hashNetwork, asnOf } = options
  const readHead = createHeadReader({ edgeHeaders: options.edgeHeaders ?? [] })
  const addresses = createCallerAddress({ trustedProxies: options.trustedProxies })
  return ({ rawHeaders, peerAddress, target }) => {
    const peer = addresses.peer(peerAddress)
    const head = readHead(rawHeaders, { fromTrustedPeer: peer.trusted })
    const { address, network } = addresses.caller(peer, head)
    const mark = target.indexOf('?')
    const key = mark === -1 ? undefined : readQuery(target.slice(mark + 1)).key
    const credential = readCredential(head, key, credentialHash)
    return {
      head,
      from: {
        address,
        network: hashNetwork(network),
        asn: asnOf(address),
        credential: credential?.id,
      },
    }
  }
}
