import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { UNKNOWN } from '../../../src/core/facts.ts'
import { createInstrumentsSeen } from '../../../src/signals/instruments-seen.ts'
import { SIGHTINGS_TOPIC } from '../../../src/signals/sighting-learning.ts'
import type { Learner, Sighting } from '../../../src/signals/sighting.ts'
import { aCall } from '../../support/a-call.ts'
import { createGossipHub } from '../../support/gossip-hub.ts'
import { aLearningReplica } from '../../support/learning-replica.ts'
import { settledHeapBytes } from '../../support/settled-heap.ts'
import { someFacts } from '../../support/some-facts.ts'

const REQUESTS = 'velocity.requests_1d'

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 3, 22, 12) })
})
afterEach(() => {
  vi.useRealTimers()
})

const collector = (): Learner & { readonly learned: Sighting[] } => {
  const learned: Sighting[] = []
  return {
    name: 'collector',
    learned,
    learn: (sighting) => void learned.push(sighting),
    close: () => Promise.resolve(),
  }
}

describe('learning', () => {
  it('is at once for what the process saw itself, and within a tenth of a second for the others', async () => {
    const hub = createGossipHub()
    const [a, b] = [
      aLearningReplica({ gossip: hub.join() }),
      aLearningReplica({ gossip: hub.join() }),
    ]
    a.sees()
    a.sees({ address: '192.0.2.1' })
    expect(a.fact(REQUESTS)).toBe(2)
    expect(b.fact(REQUESTS)).toBe(0)
    await vi.advanceTimersByTimeAsync(101)
    expect(a.fact(REQUESTS)).toBe(2)
    expect(b.fact(REQUESTS)).toBe(2)
    expect(b.fact('velocity.networks_1d')).toBe(2)
    expect(b.fact('velocity.tokens_1d')).toBe(60)
    expect(b.learning.stats()).toEqual({ seen: 0, heard: 2, refused: 0 })
  })

  it('makes one truth out of what any number of processes saw in any order', async () => {
    const hub = createGossipHub()
    const replicas = Array.from({ length: 4 }, () => aLearningReplica({ gossip: hub.join() }))
    for (let n = 0; n < 2_000; n++) {
      replicas[(n * 7) % 4]?.sees({
        account: `acct_${n % 20}`,
        entity: `org_${n % 5}`,
        address: `192.0.${n % 30}.1`,
        instrument: `${n % 2}`.repeat(22),
      })
      if (n % 100 === 0) await vi.advanceTimersByTimeAsync(50)
    }
    await vi.advanceTimersByTimeAsync(200)
    for (const replica of replicas) {
      expect(replica.fact(REQUESTS, { account: 'acct_3' })).toBe(100)
      expect(replica.fact('velocity.networks_1d', { account: 'acct_3' })).toBe(3)
      expect(replica.fact('velocity.network_entities_1d', { address: '192.0.3.9' })).toBe(1)
      expect(replica.fact('payment.instrument_entities', { instrument: '1'.repeat(22) })).toBe(5)
      const { seen, heard, refused } = replica.learning.stats()
      expect([seen + heard, refused]).toEqual([2_000, 0])
    }
  })

  it('tells a burst at once instead of letting it pile up', async () => {
    const hub = createGossipHub()
    const texts: string[] = []
    hub.join().hear(SIGHTINGS_TOPIC, (text) => texts.push(text))
    const a = aLearningReplica({ gossip: hub.join() })
    for (let n = 0; n < 10_000; n++) a.sees({ account: `acct_${n % 7}` })
    await vi.advanceTimersByTimeAsync(0)
    expect(texts.length).toBeGreaterThan(10)
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(70_000)
  })

  it('tells what is left when it closes, and closes its learners', async () => {
    const hub = createGossipHub()
    let closed = 0
    const more = [{ ...collector(), close: () => Promise.resolve(void closed++) }]
    const a = aLearningReplica({ gossip: hub.join(), more })
    const b = aLearningReplica({ gossip: hub.join() })
    a.sees()
    await a.learning.close()
    await vi.advanceTimersByTimeAsync(0)
    expect(closed).toBe(1)
    expect(b.fact(REQUESTS)).toBe(1)
  })

  it('leaves no trace of what others say that is not sound, however much it is', async () => {
    const hub = createGossipHub()
    const stranger = hub.join()
    const more = [collector()]
    const b = aLearningReplica({ gossip: hub.join(), more })
    const before = settledHeapBytes()
    for (let n = 0; n < 2_000; n++) {
      stranger.tell(SIGHTINGS_TOPIC, `[1,[${n},"${'x'.repeat(1_000)}"]]`)
      if (n % 100 === 0) await vi.advanceTimersByTimeAsync(1)
    }
    await vi.advanceTimersByTimeAsync(1)
    expect(b.learning.stats()).toEqual({ seen: 0, heard: 0, refused: 2_000 })
    expect(more[0]?.learned).toEqual([])
    expect(settledHeapBytes() - before).toBeLessThan(2_000_000)
  })
})

describe('entities of a payment instrument', () => {
  const instrument = 'i'.repeat(22)
  const call = aCall()
  const read = (facts: Parameters<typeof someFacts>[0]) => {
    const seen = createInstrumentsSeen({ maxInstruments: 100 })
    for (const entity of ['org_1', 'org_2', 'org_2']) {
      seen.learn({
        atMs: call.atMs,
        endMs: call.atMs,
        account: entity,
        entity,
        instrument,
        network: undefined,
        asn: undefined,
        country: undefined,
        tokens: 0,
        served: true,
        credential: undefined,
      })
    }
    return seen.source.read(call, someFacts(facts))
  }

  it('are those seen with it within a day, where the account source does not know', () => {
    expect(read({ 'payment.instrument': instrument })).toEqual({ 'payment.instrument_entities': 2 })
    const other = { 'payment.instrument': 'o'.repeat(22) }
    expect(read(other)).toEqual({ 'payment.instrument_entities': 1 })
  })

  it('stay what the source says, also where it says it badly, and unknown without an instrument', () => {
    const said = { 'payment.instrument': instrument, 'payment.instrument_entities': 9 }
    expect(read(said)).toEqual({})
    const bad = {
      'payment.instrument': instrument,
      'payment.instrument_entities': UNKNOWN.failed,
    }
    expect(read(bad)).toEqual({})
    expect(read({})).toEqual({})
  })
})
