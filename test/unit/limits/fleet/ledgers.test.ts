import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Demand } from '../../../../src/core/decision.ts'
import { createCountersLedger } from '../../../../src/limits/fleet/counters-ledger.ts'
import { createCompactCounters } from '../../../../src/limits/compact-counters.ts'
import { createFingerprints } from '../../../../src/limits/fingerprint.ts'
import { createFleetLimiter } from '../../../../src/limits/fleet/limiter.ts'
import { aCost, aDemand, admitted, refused } from '../../../support/a-demand.ts'
import { createFakeClock } from '../../../support/clock.ts'
import { createFleetWorld, holdTimers, type FleetWorld } from '../../../support/fleet-world.ts'

const LEDGERS = 4
/** Limits over keys of their own, which lie on different ledgers. */
const DEMANDS: readonly Demand[] = Array.from({ length: 12 }, (_, at) =>
  aDemand({ limit: `limit-${at}`, key: `key-${at}`, counted: 'tokens', quota: 100 }),
)

describe('a call that several ledgers count', () => {
  let world: FleetWorld
  const one = () => {
    const [member] = world.members
    if (member === undefined) throw new Error('no replica')
    return member
  }
  const admit = async (demands: readonly Demand[], tokens: number) =>
    one().limiter.admit(demands, aCost(tokens), world.now())
  const remaining = async () => {
    const states = await one().limiter.peek(DEMANDS, world.now())
    return states.map((state) => state.remaining)
  }
  const all = (tokens: number) => DEMANDS.map(() => tokens)

  beforeEach(async () => {
    holdTimers()
    world = await createFleetWorld({ replicas: 2, ledgers: LEDGERS })
  })
  afterEach(() => world.close())

  it('asks each of them once, and one where all its limits share a key', async () => {
    const asked = () => one().wires.map((wire) => wire.asked())
    const before = asked()
    admitted(await admit(DEMANDS, 1))
    expect(asked().map((times, at) => times - (before[at] ?? 0))).toEqual([1, 1, 1, 1])
    const between = asked()
    admitted(
      await admit(
        DEMANDS.map((demand) => ({ ...demand, key: 'the same' })),
        1,
      ),
    )
    const more = asked().map((times, at) => times - (between[at] ?? 0))
    expect(more.toSorted()).toEqual([0, 0, 0, 1])
  })

  it('is given back by all where one refuses', async () => {
    admitted(await admit(DEMANDS.slice(0, 1), 95))
    const running = aDemand({ limit: 'running', counted: 'concurrent', quota: 2, windowMs: 0 })
    const refusal = refused(await admit([...DEMANDS, running], 10))
    expect(refusal.refusedBy.limit).toBe('limit-0')
    expect(refusal.states.map((state) => state.remaining)).toEqual([5, ...all(100).slice(1), 2])
    await world.turn()
    expect(await remaining()).toEqual([5, ...all(100).slice(1)])
    expect(one().limiter.state().runningKeys).toBe(0)
  })

  it('is judged alone for those ledgers only that are down, and marked', async () => {
    one().wires[1]?.is('cut')
    await world.pass(500)
    const admission = admitted(await admit(DEMANDS, 40))
    expect(admission.degraded).toBe(true)
    const left = admission.states.map((state) => state.remaining)
    // Half of the quota is the share of one of two.
    expect(new Set(left)).toEqual(new Set([60, 10]))
    refused(await admit(DEMANDS, 40))
    await world.turn()
    expect(await remaining()).toEqual(left)
    one().limiter.settle(admission.lease, aCost(5), world.now())
    one().wires[1]?.is('whole')
    await world.pass(2_000)
    expect(await remaining()).toEqual(all(95))
    expect(
      one()
        .limiter.state()
        .ledgers.map(({ localDecisions }) => localDecisions > 0),
    ).toEqual([false, true, false, false])
  })

  it('undoes what it counted alone where a ledger that is up refuses', async () => {
    one().wires[1]?.is('cut')
    await world.pass(500)
    admitted(await admit(DEMANDS, 45))
    const before = await remaining()
    // Of those that are down half the quota is this process's: 5 are left, 55 of the others.
    const up = DEMANDS.find((_, at) => before[at] === 55)
    if (up === undefined) throw new Error('no ledger is up')
    const tight = DEMANDS.map((demand) => (demand === up ? { ...demand, quota: 46 } : demand))
    const running = aDemand({ limit: 'running', counted: 'concurrent', windowMs: 0 })
    const others = Array.from({ length: 12 }, (_, at) => ({ ...running, key: `key-${at}` }))
    const refusal = refused(await admit([...tight, ...others], 2))
    expect(refusal).toMatchObject({ degraded: true, refusedBy: { limit: up.limit } })
    await world.turn()
    expect(await remaining()).toEqual(before)
    expect(one().limiter.state().runningKeys).toBe(0)
    one().wires[1]?.is('whole')
    await world.pass(2_000)
    expect(await remaining()).toEqual(all(55))
  })

  it('is spread over at most sixteen, in a power of two', () => {
    const clock = createFakeClock()
    const hashKey = { k0: 1, k1: 2 }
    const ledger = createCountersLedger({
      counters: createCompactCounters({ fingerprints: createFingerprints(hashKey), maxKeys: 10 }),
      clock,
    }).of('a')
    const presence = { beat: async () => [] }
    for (const count of [0, 3, 32]) {
      const ledgers = Array.from({ length: count }, () => ledger)
      expect(() =>
        createFleetLimiter({ ledgers, presence, replicaId: 'a', hashKey, clock }),
      ).toThrow(RangeError)
    }
  })
})
