import type { Findings } from '../core/facts.ts'
import { DISTINCT_KIND, KINDS, type DistinctSets } from './velocity-distinct.ts'
import type { TextHash } from './velocity-hash.ts'
import { createRowTable, ROW_HEAD_WORDS, ROW_SEEN_WORD } from './velocity-table.ts'
import { addToWindows, readWindows, rollWindows, WINDOW_WORDS } from './velocity-windows.ts'

/** One call of an account, as far as its pace goes. */
export type PaceSample = {
  readonly account: string
  /** Second of the arrival: where the call counts. */
  readonly atS: number
  /** Second of the end, not before `atS`: where its tokens count. */
  readonly endS: number
  readonly tokens: number
  readonly network: string | undefined
  readonly asn: number | undefined
  /** Two letters. */
  readonly country: string | undefined
}

/** Pace of single accounts. */
export interface AccountPaces {
  readonly size: number
  readonly evicted: number
  readonly bytes: number
  learn(sample: PaceSample): void
  /** The `velocity.*` facts of an account, zeros for one that was not seen, beside those of its network. */
  read(account: string, nowS: number, networkEntities: number): Findings
}

const CHAIN = ROW_HEAD_WORDS
const WINDOWS = ROW_HEAD_WORDS + 1

/**
 * A row of 42 words an account: its windows, and a chain of the networks, ASNs and countries it called
 * from. `hash` is shared with the other tables; `sets` holds the chains.
 */
export const createAccountPaces = (options: {
  readonly capacity: number
  readonly hash: (text: string) => TextHash
  readonly sets: DistinctSets
}): AccountPaces => {
  const { hash, sets } = options
  // Filled anew by every reading, so that a reading allocates nothing but its findings.
  const windows = [0, 0, 0, 0, 0, 0]
  const distinct = new Int32Array(2 * KINDS)
  const rows = createRowTable({
    capacity: options.capacity,
    words: WINDOWS + WINDOW_WORDS,
    onEvict: (page, at) => sets.free(page[at + CHAIN] ?? 0),
  })
  return {
    get size() {
      return rows.size
    },
    get evicted() {
      return rows.evicted
    },
    get bytes() {
      return rows.bytes
    },
    learn: ({ account, atS, endS, tokens, network, asn, country }) => {
      const row = rows.claim(hash(account), endS)
      const page = rows.page(row)
      const at = rows.at(row)
      const seenS = page[at + ROW_SEEN_WORD] ?? 0
      const newestS = Math.max(seenS, endS)
      rollWindows(page, at + WINDOWS, seenS, newestS)
      page[at + ROW_SEEN_WORD] = newestS
      addToWindows(page, at + WINDOWS, newestS, { atS, requests: 1, tokens: 0 })
      if (tokens > 0) addToWindows(page, at + WINDOWS, newestS, { atS: endS, requests: 0, tokens })

      let chain = page[at + CHAIN] ?? 0
      if (network !== undefined) {
        chain = sets.note(chain, DISTINCT_KIND.network, hash(network).high >>> 2, atS)
      }
      if (asn !== undefined) chain = sets.note(chain, DISTINCT_KIND.asn, asn, atS)
      if (country !== undefined) {
        const letters = (country.charCodeAt(0) << 8) | country.charCodeAt(1)
        chain = sets.note(chain, DISTINCT_KIND.country, letters, atS)
      }
      page[at + CHAIN] = chain
    },
    read: (account, nowS, networkEntities) => {
      const row = rows.find(hash(account))
      if (row === -1) {
        windows.fill(0)
        distinct.fill(0)
      } else {
        const page = rows.page(row)
        const at = rows.at(row)
        readWindows(page, at + WINDOWS, page[at + ROW_SEEN_WORD] ?? 0, nowS, windows)
        sets.count(page[at + CHAIN] ?? 0, nowS, distinct)
      }
      return {
        'velocity.requests_1m': windows[0] ?? 0,
        'velocity.tokens_1m': windows[1] ?? 0,
        'velocity.requests_1h': windows[2] ?? 0,
        'velocity.tokens_1h': windows[3] ?? 0,
        'velocity.requests_1d': windows[4] ?? 0,
        'velocity.tokens_1d': windows[5] ?? 0,
        'velocity.networks_1h': distinct[KINDS + DISTINCT_KIND.network] ?? 0,
        'velocity.networks_1d': distinct[DISTINCT_KIND.network] ?? 0,
        'velocity.asns_1h': distinct[KINDS + DISTINCT_KIND.asn] ?? 0,
        'velocity.asns_1d': distinct[DISTINCT_KIND.asn] ?? 0,
        'velocity.countries_1h': distinct[KINDS + DISTINCT_KIND.country] ?? 0,
        'velocity.countries_1d': distinct[DISTINCT_KIND.country] ?? 0,
        'velocity.network_entities_1d': networkEntities,
      }
    },
  }
}
