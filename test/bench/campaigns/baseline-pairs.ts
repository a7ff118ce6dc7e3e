import type { Observation } from '../../../src/core/campaign.ts'
import { DAY_MS } from '../../../src/core/time.ts'
import { GRAPH_MIN_GROUP, GRAPH_PASS_MS, type Baseline } from './baseline.ts'
import { createComponents } from './components.ts'
import { createNumbers } from './entity-numbers.ts'

/** Bits two accounts must have in common. */
const BITS = [16, 20, 24, 28, 34, 40]
/** Accounts that showed a value last: those a newcomer is compared with. */
const RING = 12
/** Values of one kind that are kept of an account. */
const VALUES = 3
const WEEK_MS = 7 * DAY_MS

/** What an account shows, by kind; the kinds are those the detector reads. */
const traitsOf = (seen: Observation): readonly (string | number | undefined)[] => [
  seen.stack,
  seen.client,
  seen.traits?.template?.hash,
  seen.traits?.tools,
  seen.traits?.decode,
  seen.instrument,
  seen.funding,
  seen.emailPattern,
  seen.network,
  seen.asn,
  seen.createdAtMs === undefined ? undefined : Math.floor(seen.createdAtMs / WEEK_MS),
]

const KINDS = 11

type Value = { entities: number; readonly ring: number[] }

/**
 * Pairs of accounts weighed by how rare what they share is among all accounts (IDF): log2(N / n) for the
 * rarest shared value of each kind, summed over kinds; pairs from a number of bits on are joined, and
 * groups of 25 are acted on. This is the textbook form, without a reference population.
 */
export const idfPairs = (): Baseline => {
  const numberOf = createNumbers()
  const shown: Map<string, Value>[] = Array.from({ length: KINDS }, () => new Map())
  /** Per account and kind, the values it showed. */
  const values: string[][][] = []
  const found = BITS.map(() => new Set<number>())
  const acted = BITS.map(() => false)
  let passedMs = Number.NEGATIVE_INFINITY

  const learn = (entity: number, seen: Observation): void => {
    const own = (values[entity] ??= Array.from({ length: KINDS }, () => []))
    for (const [kind, raw] of traitsOf(seen).entries()) {
      const kept = own[kind]
      if (raw === undefined || kept === undefined || kept.length >= VALUES) continue
      const value = String(raw)
      if (kept.includes(value)) continue
      kept.push(value)
      const table = shown[kind]
      const entry = table?.get(value) ?? { entities: 0, ring: [] }
      table?.set(value, entry)
      entry.entities++
      entry.ring.push(entity)
      if (entry.ring.length > RING) entry.ring.shift()
    }
  }

  const bitsOf = (kind: number, value: string): number => {
    const entities = shown[kind]?.get(value)?.entities ?? 1
    return Math.log2(numberOf.count() / entities)
  }

  const shared = (a: number, b: number): number => {
    let bits = 0
    for (let kind = 0; kind < KINDS; kind++) {
      let most = 0
      for (const value of values[a]?.[kind] ?? []) {
        if (values[b]?.[kind]?.includes(value) === true) most = Math.max(most, bitsOf(kind, value))
      }
      bits += most
    }
    return bits
  }

  const pass = (): void => {
    const graphs = BITS.map(() => createComponents(values.length))
    for (let entity = 0; entity < values.length; entity++) {
      const others = new Set<number>()
      for (let kind = 0; kind < KINDS; kind++) {
        for (const value of values[entity]?.[kind] ?? []) {
          for (const other of shown[kind]?.get(value)?.ring ?? []) others.add(other)
        }
      }
      others.delete(entity)
      for (const other of others) {
        const bits = shared(entity, other)
        for (const [at, enough] of BITS.entries())
          if (bits >= enough) graphs[at]?.join(entity, other)
      }
    }
    for (const [at, graph] of graphs.entries()) {
      const members = found[at]
      members?.clear()
      for (let entity = 0; entity < values.length; entity++) {
        if (graph.sizeOf(entity) >= GRAPH_MIN_GROUP) members?.add(entity)
      }
    }
  }

  return {
    family: 'pairs by plain IDF',
    settings: BITS.map((bits) => `${bits} bits`),
    take: (seen) => {
      if (seen.atMs - passedMs >= GRAPH_PASS_MS) {
        passedMs = seen.atMs
        pass()
      }
      const entity = numberOf(seen.entity)
      for (const [at, members] of found.entries()) acted[at] = members.has(entity)
      learn(entity, seen)
      return acted
    },
  }
}
