import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Demand } from '../../../../src/core/decision.ts'
import type { FleetLimiter } from '../../../../src/limits/fleet/limiter.ts'
import { aCost, aDemand, admitted, only } from '../../../support/a-demand.ts'
import { createFleetWorld, holdTimers, type FleetWorld } from '../../../support/fleet-world.ts'
import { WIRE_DEADLINE_MS, type WireState } from '../../../support/loose-wire.ts'

describe('a ledger that comes back', () => {
  let world: FleetWorld
  const limiterOf = (at: number) => {
    const member = world.members[at]
    if (member === undefined) throw new Error(`no replica ${at}`)
    return member.limiter
  }
  const wires = (state: WireState) => {
    for (const member of world.members) for (const each of member.wires) each.is(state)
  }
  const admit = (at: number, demand: Demand, cost = aCost()) =>
    limiterOf(at).admit([demand], cost, world.now())
  const remaining = async (demand: Demand) =>
    only(await limiterOf(2).peek([demand], world.now())).remaining
  const degraded = () => world.members.map(({ limiter }) => limiter.state().degraded)

  const ended = async (limiter: FleetLimiter) => {
    const closing = limiter.close()
    await world.turn()
    await closing
  }
  /** Ends a replica; what is answered begins it anew, knowing nothing. */
  const replaced = async (at: number) => {
    await ended(limiterOf(at))
    return () => world.members[at]?.create() ?? limiterOf(at)
  }

  beforeEach(async () => {
    holdTimers()
    world = await createFleetWorld({ replicas: 3 })
  })
  afterEach(() => world.close())

  it('is trusted only after a second of answers, so that all can bring theirs', async () => {
    const demand = aDemand({ quota: 30 })
    wires('cut')
    await world.pass(500)
    for (const at of [0, 1, 2]) for (let call = 0; call < 5; call++) await admit(at, demand)
    wires('whole')
    await world.pass(900)
    expect(degraded()).toEqual([true, true, true])
    await world.pass(700)
    expect(degraded()).toEqual([false, false, false])
    expect(await remaining(demand)).toBe(15)
    expect(world.problems.filter(({ kind }) => kind === 'ledger_back')).toHaveLength(3)
  })

  it('begins the second anew with every failure', async () => {
    wires('cut')
    await world.pass(500)
    for (let round = 0; round < 4; round++) {
      wires('whole')
      await world.pass(700)
      wires('cut')
      await world.pass(500)
      expect(degraded()).toEqual([true, true, true])
    }
  })

  it('is told everything where it lost its memory, also by those that asked nothing since', async () => {
    const demand = aDemand({ quota: 30 })
    for (const at of [0, 1, 1, 2, 2, 2]) admitted(await admit(at, demand))
    for (const place of world.places) place.wipe()
    // The first asks at once, the others find out by themselves.
    await admit(0, { ...demand, key: 'another' })
    await world.pass(1_999)
    expect(degraded()).toEqual([true, true, true])
    await world.pass(1_500)
    expect(degraded()).toEqual([false, false, false])
    expect(await remaining(demand)).toBe(24)
    expect(world.problems).toContainEqual(
      expect.objectContaining({ kind: 'ledger_lost', failure: 'forgotten' }),
    )
  })

  it('is not trusted by one that begins right after it lost its memory', async () => {
    const demand = aDemand({ quota: 30 })
    const newcomer = await replaced(2)
    for (let call = 0; call < 30; call++) admitted(await admit(call % 2, demand))
    for (const place of world.places) place.wipe()
    const limiter = newcomer()
    await limiter.ready()
    expect(limiter.state().ledgers).toMatchObject([{ state: 'degraded', lastTrouble: undefined }])
    let more = 0
    for (let round = 0; round < 40; round++) {
      for (const each of [limiterOf(0), limiterOf(1), limiter]) {
        for (let call = 0; call < 10; call++) {
          if ((await each.admit([demand], aCost(), world.now())).admitted) more++
        }
      }
      await world.pass(100)
    }
    expect(limiter.state().degraded).toBe(false)
    expect(degraded().slice(0, 2)).toEqual([false, false])
    // What a ledger has lost is at most what the others had let through: one share of three is new.
    expect(more).toBe(10)
    expect(world.problems.filter(({ kind }) => kind === 'ledger_back')).toHaveLength(2)
    await ended(limiter)
  })

  it('is trusted at once by one that begins when its memory is old enough', async () => {
    const newcomer = await replaced(2)
    for (const place of world.places) place.wipe()
    await world.pass(1_999)
    const early = newcomer()
    await early.ready()
    expect(early.state().degraded).toBe(true)
    await world.pass(500)
    expect(early.state().degraded).toBe(false)
    await ended(early)
    const late = newcomer()
    await late.ready()
    expect(late.state().degraded).toBe(false)
    await ended(late)
  })

  it.each([-5, Number.NaN, 0])(
    'of an age of %s ms is waited for, but not for ever',
    async (age) => {
      const newcomer = await replaced(2)
      const [wire] = world.members[2]?.wires ?? []
      if (wire === undefined) throw new Error('no wire')
      const open = wire.ledger.open.bind(wire.ledger)
      wire.ledger.open = async () => ({ ...(await open()), ageMs: age })
      const limiter = newcomer()
      await limiter.ready()
      await world.pass(1_900)
      expect(limiter.state().degraded).toBe(true)
      await world.pass(600)
      expect(limiter.state().degraded).toBe(false)
      await ended(limiter)
    },
  )

  it('is told of thousands of keys, each in its own window, while calls go on', async () => {
    const demand = aDemand({ quota: 30 })
    for (let key = 0; key < 900; key++) admitted(await admit(0, { ...demand, key: `k${key}` }))
    for (const place of world.places) place.wipe()
    for (let round = 0; round < 12; round++) {
      await world.pass(200)
      for (let key = round; key < 900; key += 12) await admit(0, { ...demand, key: `k${key}` })
    }
    await world.pass(2_500)
    const used = []
    for (let key = 0; key < 900; key++) used.push(await remaining({ ...demand, key: `k${key}` }))
    expect(new Set(used)).toEqual(new Set([28]))
  })

  it('knows of what was given back while it was away', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 1_000 })
    const { lease } = admitted(await admit(0, demand, aCost(600)))
    wires('cut')
    await world.pass(500)
    limiterOf(0).settle(lease, aCost(50), world.now())
    wires('whole')
    await world.pass(2_000)
    expect(await remaining(demand)).toBe(950)
  })

  it('knows of what was settled in the very turn in which it was lost', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 1_000 })
    const { lease } = admitted(await admit(0, demand, aCost(600)))
    wires('swallowing')
    // In the turn in which a call runs out of time, before what was settled is sent.
    setTimeout(() => limiterOf(0).settle(lease, aCost(200), world.now()), WIRE_DEADLINE_MS)
    void admit(0, aDemand({ limit: 'another' }))
    await world.pass(500)
    wires('whole')
    await world.pass(2_000)
    expect(await remaining(demand)).toBe(800)
  })

  it('is not given back twice what it may have been given back', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 1_000 })
    const first = admitted(await admit(0, demand, aCost(300)))
    const second = admitted(await admit(0, demand, aCost(300)))
    wires('mute')
    limiterOf(0).settle(first.lease, aCost(0), world.now())
    limiterOf(0).settle(second.lease, aCost(350), world.now())
    await world.pass(500)
    wires('whole')
    await world.pass(2_000)
    // 650 were used; the debt of 50 was heard twice, what was given back once.
    expect(await remaining(demand)).toBe(600)
  })

  it('is told of more than one window of a counter that slides', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 900, align: 'rolling' })
    await world.pass(60_000 - (world.now() % 60_000))
    admitted(await admit(0, demand, aCost(60)))
    wires('cut')
    await world.pass(60_000)
    admitted(await admit(0, demand, aCost(40)))
    wires('whole')
    await world.pass(2_000)
    // Nothing that was used is missing; at most the slid part still counts.
    const used = 900 - (await remaining(demand))
    expect(used).toBeGreaterThanOrEqual(40 + Math.floor((60 * 58) / 60))
    expect(used).toBeLessThanOrEqual(100)
  })

  it('does not believe an answer that contradicts itself', async () => {
    const demand = aDemand({ quota: 2 })
    const [ledger] = world.members[0]?.wires ?? []
    if (ledger === undefined) throw new Error('no wire')
    const take = ledger.ledger.take.bind(ledger.ledger)
    ledger.ledger.take = async (claims) => {
      const taken = await take(claims)
      return {
        ...taken,
        readings: taken.readings.map((each) => ({ ...each, used: 5, expiresMs: taken.nowMs + 9 })),
      }
    }
    expect(await admit(0, demand)).toMatchObject({ degraded: true })
    expect(limiterOf(0).state().ledgers[0]?.lastTrouble?.kind).toBe('nonsense')
  })

  it('gets the last corrections of a process that closes', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 1_000 })
    const { lease } = admitted(await admit(0, demand, aCost(600)))
    limiterOf(0).settle(lease, aCost(100), world.now())
    await limiterOf(0).close()
    expect(await remaining(demand)).toBe(900)
  })

  it('does not hold up a process that closes while it stands still', async () => {
    const { lease } = admitted(await admit(0, aDemand({ counted: 'tokens' }), aCost(5)))
    wires('frozen')
    limiterOf(0).settle(lease, aCost(1), world.now())
    let closed = false
    const closing = limiterOf(0)
      .close()
      .then(() => {
        closed = true
      })
    await world.pass(250)
    expect(closed).toBe(true)
    await closing
  })
})
