import { openAccounts, type Accounts } from './app-accounts.ts'
import { openGeo } from './app-geo.ts'
import type { Ground } from './app-ground.ts'
import type { Gossip } from './core/gossip.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { SignalSource, Sink } from './core/seams.ts'
import { createInstrumentsSeen } from './signals/instruments-seen.ts'
import { createLearning } from './signals/sighting-learning.ts'
import type { Learner } from './signals/sighting.ts'
import { createVelocity } from './signals/velocity.ts'

/** What learns from calls, here and in the processes this one hears of. */
export const openLearning = (
  { settings, dataDir, clock }: Ground,
  learners: readonly Learner[],
  gossip: Gossip | undefined,
): Sink => {
  // An upstream that is given the operator's own key says nothing about the caller's.
  const passing = new Set(
    settings.upstreams.filter(({ credential }) => credential === 'pass').map(({ id }) => id),
  )
  return createLearning({
    learners,
    gossip,
    clock,
    hashNetwork: createKeyedHash(dataDir.rootKey, 'network'),
    vouches: ({ upstream }) => upstream !== undefined && passing.has(upstream),
  })
}

/** Every source of facts, and what they learn from. */
export type FactSources = {
  readonly sources: readonly SignalSource[]
  readonly learning: Sink
  readonly lookup: Accounts['lookup']
  degraded(): readonly string[]
  close(): Promise<void>
}

/** Opens the sources of the settings. */
export const openFacts = async (ground: Ground, gossip?: Gossip): Promise<FactSources> => {
  const geo = await openGeo(ground.settings, ground.onProblem)
  const accounts = await openAccounts(ground)
  const velocity = createVelocity({
    hashNetwork: createKeyedHash(ground.dataDir.rootKey, 'network'),
  })
  const instruments = createInstrumentsSeen()
  return {
    sources: [...accounts.sources, geo.source, velocity.source, instruments.source],
    learning: openLearning(ground, [...accounts.learners, velocity, instruments], gossip),
    lookup: (id, atMs) => accounts.lookup(id, atMs),
    degraded: () => [...geo.degraded(), ...(accounts.degraded() ? ['accounts'] : [])],
    close: async () => {
      await Promise.all([accounts.close(), geo.close()])
    },
  }
}
