import { join } from 'node:path'
import { openAccounts, type Accounts } from './app-accounts.ts'
import { openGeo, type Geo } from './app-geo.ts'
import type { Ground } from './app-ground.ts'
import type { Gossip } from './core/gossip.ts'
import { createKeyedHash } from './core/keyed-hash.ts'
import type { SignalSource, Sink } from './core/seams.ts'
import { createSightingJournal } from './signals/sighting-journal.ts'
import { createInstrumentsSeen } from './signals/instruments-seen.ts'
import { replaySightings } from './signals/sighting-replay.ts'
import { createLearning } from './signals/sighting-learning.ts'
import type { Learner } from './signals/sighting.ts'
import { createVelocity } from './signals/velocity.ts'

/** Where the sightings of the last day lie; a fleet finds them in its store instead. */
const sightingsFile = ({ settings, dataDir }: Ground): string | undefined =>
  settings.store === 'memory' ? join(dataDir.path, 'sightings') : undefined

/** What writes down what is learned, in the process that writes the files. */
export const openJournal = (ground: Ground): readonly Learner[] => {
  const file = sightingsFile(ground)
  return file === undefined || ground.dataDir.readOnly ? [] : [createSightingJournal({ file })]
}

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
  readonly asnOf: Geo['asnOf']
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
  const file = sightingsFile(ground)
  if (file !== undefined) {
    await replaySightings({ file, learners: [velocity, instruments], nowMs: ground.clock.now() })
  }
  const learners = [...accounts.learners, velocity, instruments, ...openJournal(ground)]
  return {
    sources: [...accounts.sources, geo.source, velocity.source, instruments.source],
    learning: openLearning(ground, learners, gossip),
    lookup: (id, atMs) => accounts.lookup(id, atMs),
    asnOf: (address) => geo.asnOf(address),
    degraded: () => [...geo.degraded(), ...(accounts.degraded() ? ['accounts'] : [])],
    close: async () => {
      await Promise.all([accounts.close(), geo.close()])
    },
  }
}
