import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Admission, Demand } from '../../../../src/core/decision.ts'
import { aCost, aDemand, admitted, only, refused } from '../../../support/a-demand.ts'
import { createFleetWorld, holdTimers, type FleetWorld } from '../../../support/fleet-world.ts'
import { WIRE_DEADLINE_MS, type WireState } from '../../../support/loose-wire.ts'

/** The admission of a call that must not have waited for anything. */
const atOnce = (admission: Admission | Promise<Admission>): Admission => {
  if (admission instanceof Promise) throw new Error('the call waits')
  return admission
}

describe('a process that cannot reach the ledger', () => {
  let world: FleetWorld
  const limiterOf = (at: number) => {
    const member = world.members[at]
    if (member === undefined) throw new Error(`no replica ${at}`)
    return member.limiter
  }
  const wire = (at: number, state: WireState) => {
    for (const each of world.members[at]?.wires ?? []) each.is(state)
  }
  const admit = (at: number, demands: readonly Demand[], cost = aCost()) =>
    limiterOf(at).admit(demands, cost, world.now())
  /** Cuts a replica off and lets it notice. */
  const lose = async (at: number) => {
    wire(at, 'cut')
    await world.pass(500)
    expect(limiterOf(at).state().degraded).toBe(true)
  }

  beforeEach(async () => {
    holdTimers()
    world = await createFleetWorld({ replicas: 3 })
  })
  afterEach(() => world.close())

  it.each<[WireState, number]>([
    ['frozen', WIRE_DEADLINE_MS],
    ['swallowing', WIRE_DEADLINE_MS],
    ['mute', WIRE_DEADLINE_MS],
    ['cut', 0],
  ])('judges the first call alone once the wire is %s, after %d ms', async (state, ms) => {
    wire(0, state)
    let admission: Admission | undefined
    void Promise.resolve(admit(0, [aDemand()])).then((answer) => {
      admission = answer
    })
    if (ms > 0) {
      await world.pass(ms - 1)
      expect(admission).toBeUndefined()
    }
    await world.pass(1)
    expect(admission).toMatchObject({ admitted: true, degraded: true })
    expect(world.problems).toMatchObject([{ kind: 'ledger_lost', ledger: 0 }])
  })

  it('does not wait for anything any more after that', async () => {
    await lose(0)
    const asked = world.members[0]?.wires[0]?.asked()
    expect(atOnce(admit(0, [aDemand()]))).toMatchObject({ admitted: true, degraded: true })
    expect(world.members[0]?.wires[0]?.asked()).toBe(asked)
  })

  it('goes on by its share of the quota, the remainder to the first by id', async () => {
    const demand = aDemand({ quota: 11 })
    const counts = []
    for (const at of [0, 1, 2]) {
      await lose(at)
      let calls = 0
      while (atOnce(admit(at, [demand])).admitted) calls++
      counts.push(calls)
    }
    expect(counts).toEqual([4, 4, 3])
  })

  it('takes off its share what it let through before', async () => {
    const demand = aDemand({ quota: 9 })
    for (let call = 0; call < 2; call++) admitted(await admit(0, [demand]))
    await lose(0)
    const { states } = admitted(atOnce(admit(0, [demand])))
    expect(only(states)).toMatchObject({ quota: 9, remaining: 0 })
    refused(atOnce(admit(0, [demand])))
  })

  it('says to come back soon where the share alone is used up, later where the quota is', async () => {
    const demand = aDemand({ quota: 9, counted: 'tokens' })
    for (let call = 0; call < 2; call++) admitted(await admit(0, [demand], aCost(3)))
    await lose(0)
    expect(refused(atOnce(admit(0, [demand], aCost(1))))).toMatchObject({
      because: 'exceeded',
      retryAfterMs: 1_000,
      degraded: true,
    })
    const leftMs = 60_000 - 500
    expect(refused(atOnce(admit(0, [demand], aCost(5)))).retryAfterMs).toBe(leftMs)
  })

  it('asks callers back after as long again as the outage has lasted, but never after their share has room', async () => {
    const demand = aDemand({ quota: 9, counted: 'tokens', windowMs: 3_600_000 })
    await lose(0)
    admitted(atOnce(admit(0, [demand], aCost(3))))
    const told = () => refused(atOnce(admit(0, [demand], aCost(1)))).retryAfterMs
    const waits: number[] = []
    for (const ms of [500, 4_000, 10_000, 40_000]) {
      await world.pass(ms)
      waits.push(told())
    }
    expect(waits[0]).toBe(1_000)
    expect(waits[1]).toBeGreaterThan(4_000)
    expect(waits[2]).toBeGreaterThan(14_000)
    expect(waits[3]).toBe(30_000)
    await world.pass(3_600_000 - 60_000)
    expect(told()).toBeLessThan(6_000)
  })

  it('keeps an open limit counted and never refused, and refuses by a closed one', async () => {
    await lose(0)
    const open = aDemand({ limit: 'open', posture: 'open', quota: 2 })
    for (let call = 0; call < 5; call++) admitted(atOnce(admit(0, [open])))
    const closed = aDemand({ limit: 'closed', posture: 'closed' })
    expect(refused(atOnce(admit(0, [aDemand({ quota: 3 }), closed])))).toMatchObject({
      because: 'unavailable',
      retryAfterMs: 1_000,
      degraded: true,
      refusedBy: { limit: 'closed' },
    })
    // Shadow limits refuse nothing, however they are meant to fail.
    admitted(atOnce(admit(0, [{ ...closed, enforced: false }])))
    wire(0, 'whole')
    await world.pass(2_000)
    expect(limiterOf(0).state().degraded).toBe(false)
    expect(only(await limiterOf(1).peek([{ ...open, quota: 10 }], world.now())).remaining).toBe(5)
    expect(admitted(await admit(0, [closed]))).toMatchObject({ degraded: false })
  })

  it('counts running calls by its share too', async () => {
    const running = aDemand({ counted: 'concurrent', quota: 4, windowMs: 0 })
    const before = admitted(await admit(1, [running]))
    await lose(1)
    // 4 of 3 replicas: the second has 1.
    refused(atOnce(admit(1, [running])))
    limiterOf(1).settle(before.lease, undefined, world.now())
    admitted(atOnce(admit(1, [running])))
    refused(atOnce(admit(1, [running])))
  })

  it('remembers how many there are while nobody can be seen', async () => {
    world.see(false)
    await lose(0)
    await world.pass(60_000)
    expect(limiterOf(0).state()).toMatchObject({ replicas: 3, index: 0 })
    const demand = aDemand({ quota: 3 })
    admitted(atOnce(admit(0, [demand])))
    refused(atOnce(admit(0, [demand])))
  })

  it('suffers two errors of a ledger before it judges alone for good', async () => {
    wire(0, 'erring')
    const demand = aDemand({ quota: 9 })
    expect(await admit(0, [demand])).toMatchObject({ admitted: true, degraded: true })
    expect(limiterOf(0).state().degraded).toBe(false)
    await admit(0, [demand])
    await admit(0, [demand])
    expect(limiterOf(0).state().ledgers[0]).toMatchObject({
      state: 'degraded',
      lastTrouble: { kind: 'refused', message: 'OOM' },
      localDecisions: 3,
      pending: 1,
    })
  })

  it('tells later what one error kept from the ledger', async () => {
    wire(0, 'erring')
    const demand = aDemand({ quota: 9 })
    await admit(0, [demand])
    wire(0, 'whole')
    await world.pass(2_000)
    expect(limiterOf(0).state().degraded).toBe(false)
    expect(only(await limiterOf(1).peek([demand], world.now())).remaining).toBe(8)
  })

  it('settles each lease once, whichever side of an outage it was taken on', async () => {
    const demand = aDemand({ counted: 'tokens', quota: 900 })
    const before = admitted(await admit(0, [demand], aCost(100)))
    await lose(0)
    const during = admitted(atOnce(admit(0, [demand], aCost(100))))
    for (let time = 0; time < 3; time++) {
      limiterOf(0).settle(before.lease, aCost(10), world.now())
    }
    wire(0, 'whole')
    await world.pass(2_000)
    for (let time = 0; time < 3; time++) {
      limiterOf(0).settle(during.lease, aCost(130), world.now())
    }
    await world.turn()
    expect(only(await limiterOf(2).peek([demand], world.now())).remaining).toBe(900 - 140)
  })

  it('reads its own counters for an operator, by its share', async () => {
    const demand = aDemand({ quota: 9 })
    admitted(await admit(0, [demand]))
    await lose(0)
    expect(only(await limiterOf(0).peek([demand], world.now()))).toMatchObject({
      quota: 9,
      remaining: 2,
      cost: 0,
    })
  })
})
