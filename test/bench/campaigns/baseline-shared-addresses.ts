import { GRAPH_MIN_GROUP, GRAPH_PASS_MS, type Baseline } from './baseline.ts'
import { createComponents } from './components.ts'
import { createNumbers } from './entity-numbers.ts'

/** Networks two accounts must have in common. */
const SHARED = [1, 2, 3, 5]
/** A network of more accounts is a carrier's or an office's, and joins nobody. */
const MAX_ON_NETWORK = 50

/**
 * Accounts that call from the same networks, joined where they share enough of them, after EvilCohort
 * (Stringhini et al., USENIX Security 2015); groups of 25 are acted on. Networks of many are left out.
 */
export const sharedAddresses = (): Baseline => {
  const numberOf = createNumbers()
  const onNetwork = new Map<string, Set<number>>()
  const found = SHARED.map(() => new Set<number>())
  const acted = SHARED.map(() => false)
  let passedMs = Number.NEGATIVE_INFINITY

  const pass = (): void => {
    const count = numberOf.count()
    // Pairs as one number: below 2^53 for some 90 million accounts.
    const together = new Map<number, number>()
    for (const entities of onNetwork.values()) {
      if (entities.size < 2 || entities.size > MAX_ON_NETWORK) continue
      const all = [...entities]
      for (const [at, one] of all.entries()) {
        for (const other of all.slice(at + 1)) {
          const pair = one < other ? one * count + other : other * count + one
          together.set(pair, (together.get(pair) ?? 0) + 1)
        }
      }
    }
    const graphs = SHARED.map(() => createComponents(count))
    for (const [pair, networks] of together) {
      for (const [at, enough] of SHARED.entries()) {
        if (networks >= enough) graphs[at]?.join(Math.floor(pair / count), pair % count)
      }
    }
    for (const [at, graph] of graphs.entries()) {
      const members = found[at]
      members?.clear()
      for (let entity = 0; entity < count; entity++) {
        if (graph.sizeOf(entity) >= GRAPH_MIN_GROUP) members?.add(entity)
      }
    }
  }

  return {
    family: 'shared addresses',
    settings: SHARED.map((count) => (count === 1 ? '1 network' : `${count} networks`)),
    take: (seen) => {
      if (seen.atMs - passedMs >= GRAPH_PASS_MS) {
        passedMs = seen.atMs
        pass()
      }
      const entity = numberOf(seen.entity)
      for (const [at, members] of found.entries()) acted[at] = members.has(entity)
      const entities = onNetwork.get(seen.network) ?? new Set()
      onNetwork.set(seen.network, entities)
      // One more than counts is enough to know that there are too many.
      if (entities.size <= MAX_ON_NETWORK) entities.add(entity)
      return acted
    },
  }
}
