import { createKeyedHash } from '../../src/core/keyed-hash.ts'
import { Facts, type FactName, type FactOf, type Unknown } from '../../src/core/facts.ts'
import type { Gossip } from '../../src/core/gossip.ts'
import { networkOf } from '../../src/core/ip.ts'
import { createInstrumentsSeen, type InstrumentsSeen } from '../../src/signals/instruments-seen.ts'
import { createLearning, type Learning } from '../../src/signals/sighting-learning.ts'
import type { Learner } from '../../src/signals/sighting.ts'
import { createVelocity, type Velocity } from '../../src/signals/velocity.ts'
import { aCall } from './a-call.ts'
import { anEvent } from './an-event.ts'

/** One call of an account, as far as learners care. */
export type Seen = {
  readonly account?: string
  readonly entity?: string
  readonly address?: string
  readonly instrument?: string
  readonly atMs?: number
}

/** A process that learns from its own calls and from what others tell. */
export type LearningReplica = {
  readonly velocity: Velocity
  readonly instruments: InstrumentsSeen
  readonly learning: Learning
  sees(seen?: Seen): void
  /** A fact of the account as a call of it would have it now. */
  fact<N extends FactName>(name: N, seen?: Seen): FactOf<N> | Unknown
}

/** The key that all replicas of the tests share. */
export const FLEET_KEY = new Uint8Array(32).fill(7)

const sheetOf = ({
  account = 'acct_1',
  entity,
  address = '203.0.113.7',
  instrument,
}: Seen): Facts => {
  const facts = new Facts()
  facts.add({
    'account.known': true,
    'account.id': account,
    'account.entity': entity ?? account,
    'caller.network': networkOf(address),
    'ip.asn': 64_500,
    'ip.country': 'FR',
    ...(instrument !== undefined && { 'payment.instrument': instrument }),
  })
  return facts
}

/** A process on this gossip; `more` learn beside velocity and instruments. */
export const aLearningReplica = (options: {
  readonly gossip?: Gossip
  readonly more?: readonly Learner[]
  readonly clock?: { now(): number }
}): LearningReplica => {
  const { gossip, more = [], clock = { now: () => Date.now() } } = options
  const hashNetwork = createKeyedHash(FLEET_KEY, 'network')
  const velocity = createVelocity({ maxAccounts: 10_000, hashNetwork })
  const instruments = createInstrumentsSeen({ maxInstruments: 10_000 })
  const learning = createLearning({
    hashNetwork,
    vouches: () => true,
    learners: [velocity, instruments, ...more],
    gossip,
    clock,
  })
  return {
    velocity,
    instruments,
    learning,
    sees: (seen = {}) =>
      learning.accept(
        anEvent({
          call: aCall({
            atMs: seen.atMs ?? clock.now(),
            credential: {
              id: hashNetwork(`credential of ${seen.account ?? 'acct_1'}`),
              secret: 'sk-test',
              carrier: 'authorization',
            },
          }),
          facts: sheetOf(seen),
          settled: { inputTokens: 10, outputTokens: 20, nanoUsd: 0 },
          totalMs: 5.25,
        }),
      ),
    fact: (name, seen = {}) => {
      const facts = sheetOf(seen)
      const address = seen.address ?? '203.0.113.7'
      const caller = { address, network: networkOf(address) }
      const call = aCall({ atMs: seen.atMs ?? clock.now(), caller })
      for (const { source } of [velocity, instruments]) {
        const found = source.read(call, facts)
        if (found instanceof Promise) throw new Error('learned facts must be there at once')
        facts.add(found)
      }
      return facts.get(name)
    },
  }
}
