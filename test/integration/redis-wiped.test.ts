import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aCost, aDemand } from '../support/a-demand.ts'
import { joinFleet, startFleet, type Fleet, type FleetMember } from '../support/fleet-rig.ts'
import { addressOf, startRedis, type RedisServer } from '../support/redis-server.ts'
import { until } from '../support/wait.ts'

const QUOTA = 30

describe('a Redis that is emptied while nobody asks it', () => {
  let server: RedisServer
  let fleet: Fleet
  beforeEach(async () => {
    server = await startRedis()
    fleet = await startFleet([addressOf(server.port), addressOf(server.port)])
  })
  afterEach(async () => {
    await fleet.close()
    await server.stop()
  })

  const demand = aDemand({ quota: QUOTA, windowMs: 3_600_000 })
  const burst = async ({ limiter }: FleetMember): Promise<number> => {
    const asked = Array.from({ length: QUOTA }, async () =>
      limiter.admit([demand], aCost(), Date.now()),
    )
    return (await Promise.all(asked)).filter(({ admitted }) => admitted).length
  }

  it('is not charged with calls that came in the turn in which it is found out', async () => {
    const [first] = fleet.members
    if (first === undefined) throw new Error('no member')
    expect(await burst(first)).toBe(QUOTA)

    let later: Promise<number> | undefined
    const { client } = first.store.connection
    if (!('stream' in client)) throw new Error('a cluster')
    await server.admin.flushall()
    // Whatever it hears of the emptied server, calls have arrived right before it.
    client.stream.prependListener('data', () => {
      if (!first.limiter.state().degraded) later ??= burst(first)
    })
    await until('the loss to be found out', () => first.limiter.state().degraded)
    expect(await later).toBe(0)
  })

  it('is not taken for new by a process that begins right after', async () => {
    for (let call = 0; call < QUOTA; call++) {
      const member = fleet.members[call % fleet.members.length]
      await member?.limiter.admit([demand], aCost(), Date.now())
    }
    await server.admin.flushall()
    const newcomer = await joinFleet(addressOf(server.port), 'replica-9')
    let more = 0
    const all = [...fleet.members, newcomer]
    await until('all to trust it', async () => {
      for (const member of all) more += await burst(member)
      return all.every(({ limiter }) => !limiter.state().degraded)
    })
    for (const member of all) more += await burst(member)
    await newcomer.close()
    expect(QUOTA + more).toBeLessThanOrEqual(QUOTA * (2 - 1 / 3))
  })

  it('is trusted at once by a process that begins when all have told theirs', async () => {
    const [first] = fleet.members
    if (first === undefined) throw new Error('no member')
    expect(await burst(first)).toBe(QUOTA)
    await server.admin.flushall()
    await until('the loss to be found out', () => fleet.degraded() > 0)
    await fleet.shared()
    const newcomer = await joinFleet(addressOf(server.port), 'replica-9')
    expect(newcomer.limiter.state().degraded).toBe(false)
    expect(await burst(newcomer)).toBe(0)
    await newcomer.close()
  })
})
