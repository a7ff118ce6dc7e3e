import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aDemand, admitted, refused } from '../../../support/a-demand.ts'
import { createFleetWorld, holdTimers, type FleetWorld } from '../../../support/fleet-world.ts'

const RUNNING = aDemand({ counted: 'concurrent', quota: 4, windowMs: 0 })

describe('calls that run in a fleet', () => {
  let world: FleetWorld
  const limiterOf = (at: number) => {
    const member = world.members[at]
    if (member === undefined) throw new Error(`no replica ${at}`)
    return member.limiter
  }
  const admit = async (at: number) => limiterOf(at).admit([RUNNING], NOTHING, world.now())
  const NOTHING = { inputTokens: 0, outputTokens: 0, nanoUsd: 0 }
  const free = async () => {
    const [state] = await limiterOf(2).peek([RUNNING], world.now())
    return state?.remaining
  }

  beforeEach(async () => {
    holdTimers()
    world = await createFleetWorld({ replicas: 3 })
  })
  afterEach(() => world.close())

  it('count for all processes as long as they run, however long', async () => {
    const leases = [admitted(await admit(0)), admitted(await admit(0)), admitted(await admit(1))]
    await world.pass(60_000)
    expect(await free()).toBe(1)
    for (const [at, { lease }] of leases.entries()) {
      limiterOf(at === 2 ? 1 : 0).settle(lease, undefined, world.now())
    }
    await world.turn()
    expect(await free()).toBe(4)
    expect(limiterOf(0).state().runningKeys).toBe(0)
  })

  it('fall back within seconds where their process is gone', async () => {
    for (let call = 0; call < 3; call++) admitted(await admit(0))
    admitted(await admit(1))
    refused(await admit(1))
    for (const wire of world.members[0]?.wires ?? []) wire.is('swallowing')
    await world.pass(6_500)
    expect(await free()).toBe(3)
    admitted(await admit(1))
  })

  it('fall back at once where the ledger is told that their process has ended', async () => {
    for (let call = 0; call < 4; call++) admitted(await admit(0))
    for (const place of world.places) place.forget('replica-0')
    expect(await free()).toBe(4)
  })

  it('are told anew to a ledger that lost them', async () => {
    for (const at of [0, 0, 1]) admitted(await admit(at))
    for (const place of world.places) place.wipe()
    await world.pass(3_500)
    expect(limiterOf(2).state().degraded).toBe(false)
    expect(await free()).toBe(1)
  })

  it('do not include a refused one that was being asked for when they were told', async () => {
    const running = await Promise.all([0, 1, 2, 0].map(admit))
    const [wire] = world.members[0]?.wires ?? []
    if (wire === undefined) throw new Error('no wire')
    const take = wire.ledger.take.bind(wire.ledger)
    const slow = Promise.withResolvers<undefined>()
    wire.ledger.take = async (claims) => {
      const taken = await take(claims)
      await slow.promise
      return taken
    }
    const asked = admit(0)
    await world.pass(2_000)
    slow.resolve(undefined)
    refused(await asked)
    for (const [at, each] of running.entries()) {
      limiterOf(at % 3).settle(admitted(each).lease, undefined, world.now())
    }
    await world.turn()
    expect(await free()).toBe(4)
  })

  it('are given back once where one ends just before they are told', async () => {
    const first = admitted(await admit(0))
    admitted(await admit(0))
    await world.pass(1_990)
    limiterOf(0).settle(first.lease, undefined, world.now())
    await world.pass(20)
    expect(await free()).toBe(3)
  })

  it('that began and ended during an outage leave nothing behind', async () => {
    const before = admitted(await admit(0))
    for (const wire of world.members[0]?.wires ?? []) wire.is('cut')
    await world.pass(500)
    const during = admitted(await admit(0))
    limiterOf(0).settle(before.lease, undefined, world.now())
    for (const wire of world.members[0]?.wires ?? []) wire.is('whole')
    await world.pass(2_000)
    expect(await free()).toBe(3)
    limiterOf(0).settle(during.lease, undefined, world.now())
    await world.turn()
    expect(await free()).toBe(4)
  })

  it('are not counted by a shadow limit that has no room for them', async () => {
    const shadow = { ...RUNNING, quota: 1, enforced: false }
    const admitShadow = async () =>
      admitted(await limiterOf(0).admit([shadow], NOTHING, world.now()))
    const leases = [await admitShadow(), await admitShadow(), await admitShadow()]
    expect(leases.map(({ states }) => states[0]?.exceeded)).toEqual([false, true, true])
    await world.pass(4_000)
    const wide = { ...shadow, quota: 9 }
    expect(await limiterOf(1).peek([wide], world.now())).toMatchObject([{ remaining: 8 }])
    for (const { lease } of leases) limiterOf(0).settle(lease, undefined, world.now())
    await world.turn()
    expect(await limiterOf(1).peek([wide], world.now())).toMatchObject([{ remaining: 9 }])
    expect(limiterOf(0).state().runningKeys).toBe(0)
  })

  it('never pass their quota however many are asked for at once', async () => {
    const admissions = await Promise.all(Array.from({ length: 60 }, async (_, at) => admit(at % 3)))
    expect(admissions.filter((each) => each.admitted)).toHaveLength(4)
    expect(await free()).toBe(0)
    expect(limiterOf(0).state().runningKeys).toBeLessThanOrEqual(1)
  })
})
