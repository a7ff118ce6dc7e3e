import type { CounterId } from '../core/ledger.ts'

/** Version of what stands in the keys; another one shares nothing with this. */
const VERSION = 1

/** The key in which the fleets of a prefix say that they live. */
export const fleetsKey = (prefix: string): string => `${prefix}:${VERSION}:fleets`

/** Names of the keys of one ledger. All of them lie in one slot of a cluster: the part in braces says which. */
export type StoreKeys = {
  /** The memory's word. */
  readonly epoch: string
  /** The processes of the fleet. */
  readonly replicas: string
  /** Free, for trying out. */
  readonly probe: string
  counter(id: CounterId): string
}

/**
 * `<prefix>:1:<namespace>:{<tag>}:<fingerprint>`; fingerprints are two hexadecimal numbers, so that no
 * counter has the name of anything else.
 */
export const createStoreKeys = (prefix: string, namespace: string, tag: string): StoreKeys => {
  const base = `${prefix}:${VERSION}:${namespace}:{${tag}}:`
  return {
    epoch: `${base}epoch`,
    replicas: `${base}replicas`,
    probe: `${base}probe`,
    counter: ({ hi, lo }) => `${base}${(hi >>> 0).toString(16)}-${(lo >>> 0).toString(16)}`,
  }
}
