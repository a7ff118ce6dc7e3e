import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aCost, aDemand } from '../support/a-demand.ts'
import { startFleet, type Fleet, type FleetMember } from '../support/fleet-rig.ts'
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
})
