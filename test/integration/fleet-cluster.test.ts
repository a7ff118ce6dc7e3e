import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Demand } from '../../src/core/decision.ts'
import type { FleetLimiter } from '../../src/limits/fleet/limiter.ts'
import { aCost, aDemand } from '../support/a-demand.ts'
import { keysOf, startFleet, type Fleet } from '../support/fleet-rig.ts'
import { startCluster, type ClusterSetUp } from '../support/redis-cluster.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { until } from '../support/wait.ts'

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const NODES = 3
const COST = aCost()

describe(`three members on a cluster of three nodes (SEED=${SEED})`, () => {
  let cluster: ClusterSetUp
  let fleet: Fleet
  beforeAll(async () => {
    cluster = await startCluster()
    // Longer than any busy machine takes: what is not meant to fail here does not.
    const address = { ...cluster.address, commandTimeoutMs: 2_000 }
    fleet = await startFleet([address, address, address])
  })
  afterAll(async () => {
    await fleet.close()
    await cluster.stop()
  })

  const limiterOf = (member: number): FleetLimiter => {
    const limiter = fleet.members[member % NODES]?.limiter
    if (limiter === undefined) throw new Error('no such member')
    return limiter
  }
  const demandOf = (limit: string, key: number, quota: number): Demand =>
    aDemand({ limit, key: `${key}`, quota, windowMs: 3_600_000 })
  const admit = async (member: number, demands: readonly Demand[]) =>
    limiterOf(member).admit(demands, COST, Date.now())
  const remainingOf = async (member: number, demands: readonly Demand[]) =>
    (await limiterOf(member).peek(demands, Date.now())).map(({ remaining }) => remaining)

  it('are one exact limiter over all slots, and take all limits of a call or none', async () => {
    const random = createSeededRandom(SEED)
    const keys = 24
    const used = Array.from({ length: keys }, () => 0)
    const quotaOf = (key: number): number => 3 + (key % 7)
    for (let step = 0; step < 400; step++) {
      const some = new Set(Array.from({ length: 1 + random(6) }, () => random(keys)))
      const fits = [...some].every((key) => (used[key] ?? 0) < quotaOf(key))
      const demands = [...some].map((key) => demandOf('exact', key, quotaOf(key)))
      const member = random(NODES)
      const { admitted, degraded } = await admit(member, demands)
      expect({ step, admitted, degraded }).toEqual({ step, admitted: fits, degraded: false })
      // What is given back is not waited for; whatever its member asks next comes after it.
      if (!fits) await remainingOf(member, demands)
      else for (const key of some) used[key] = (used[key] ?? 0) + 1
    }
    for (let member = 0; member < NODES; member++) {
      const left = await remainingOf(
        member,
        used.map((_, key) => demandOf('exact', key, quotaOf(key))),
      )
      expect(left).toEqual(used.map((one, key) => quotaOf(key) - one))
    }
  })

  it('never pass a quota when all ask at the same time, and give back what a refusal left behind', async () => {
    const random = createSeededRandom(SEED + 1)
    const keys = 12
    const quota = 40
    const admitted = Array.from({ length: keys }, () => 0)
    const calls = Array.from({ length: 900 }, async (_, call) => {
      const some = new Set(Array.from({ length: 1 + random(4) }, () => random(keys)))
      const admission = await admit(
        call,
        [...some].map((key) => demandOf('burst', key, quota)),
      )
      if (admission.admitted) for (const key of some) admitted[key] = (admitted[key] ?? 0) + 1
    })
    await Promise.all(calls)
    for (const count of admitted) expect(count).toBeLessThanOrEqual(quota)
    expect(Math.max(...admitted)).toBeGreaterThan(0)
    const demands = admitted.map((_, key) => demandOf('burst', key, quota))
    const expected = admitted.map((count) => quota - count)
    await until('what was taken for refused calls to be given back', async () =>
      (await remainingOf(0, demands)).every((left, key) => left === expected[key]),
    )
    // A call may have been refused by one that was refused itself; none of that is lost.
    for (const [key, count] of admitted.entries()) {
      for (let call = count; call < quota; call++) {
        expect((await admit(call, [demandOf('burst', key, quota)])).admitted).toBe(true)
      }
      expect((await admit(key, [demandOf('burst', key, quota)])).admitted).toBe(false)
    }
    for (const { limiter } of fleet.members) expect(limiter.state().degraded).toBe(false)
  })

  it('go on alone for the slots of a node that is gone only, and share those of the others', async () => {
    const [lost] = cluster.nodes
    await lost?.kill()
    const keys = Array.from({ length: 48 }, (_, key) => key)
    const degradedParts = (member: number): number =>
      limiterOf(member)
        .state()
        .ledgers.filter(({ state }) => state === 'degraded').length
    await until('all members to miss its part', () =>
      fleet.members.every((_, member) => degradedParts(member) >= 3),
    )
    for (const member of fleet.members.keys()) expect(degradedParts(member)).toBeLessThan(9)

    const quota = 6
    const served = new Map<number, { admitted: number; alone: boolean }>()
    for (const key of keys) {
      const one = { admitted: 0, alone: false }
      served.set(key, one)
      for (let call = 0; call < 12; call++) {
        const admission = await admit(call, [demandOf('lost', key, quota)])
        one.alone ||= admission.degraded
        if (admission.admitted) one.admitted++
      }
    }
    const alone = [...served.values()].filter((one) => one.alone)
    expect(alone.length).toBeGreaterThan(0)
    expect(alone.length).toBeLessThan(keys.length)
    // Asked evenly, the shares are the quota; counted together, the rest is exact too.
    for (const [key, one] of served)
      expect({ key, admitted: one.admitted }).toEqual({ key, admitted: quota })

    await lost?.restart()
    await fleet.shared()
    const left = await remainingOf(
      1,
      keys.map((key) => demandOf('lost', key, quota)),
    )
    expect(left).toEqual(keys.map(() => 0))
    for (const node of cluster.nodes) {
      for (const [key, liveMs] of await keysOf(node)) expect(liveMs, key).toBeGreaterThan(0)
    }
  })
})
