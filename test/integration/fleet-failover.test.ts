import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { percentile, QUOTAS, startFleetLoad } from '../support/fleet-load.ts'
import { startFleet, type Fleet } from '../support/fleet-rig.ts'
import { startSentinel, type SentinelSetUp } from '../support/redis-sentinel.ts'
import { until } from '../support/wait.ts'

describe('three members that find Redis through a sentinel', () => {
  let sentinel: SentinelSetUp
  let fleet: Fleet
  beforeAll(async () => {
    sentinel = await startSentinel()
    const address = { ...sentinel.address, commandTimeoutMs: 50 }
    fleet = await startFleet([address, address, address])
  })
  afterAll(async () => {
    await fleet.close()
    await sentinel.stop()
  })

  it('go on alone while the primary is gone, and share again once its replica took over', async () => {
    const load = startFleetLoad(fleet)
    await load.goOn(150)
    await until('one quota to be used up', () => load.admitted('lopsided') >= QUOTAS.lopsided)
    load.spreadAll()
    const from = load.done.length
    const killedMs = performance.now()
    await sentinel.primary.kill()
    await until('members that stand alone', () => fleet.degraded() === 3)
    const aloneMs = performance.now() - killedMs
    await until(
      'a promoted replica',
      async () => (await sentinel.replica.admin.info('replication')).includes('role:master'),
      20_000,
    )
    const promotedMs = performance.now()
    await until('members that share', () => fleet.degraded() === 0)
    const backMs = performance.now() - promotedMs
    await load.goOn(100)
    await load.stop()
    const broken = load.done.slice(from)
    const waitsOf = (alone: boolean) =>
      broken
        .filter((call) => call.alone === alone)
        .map(({ waitMs, lateMs }) => Math.max(0, waitMs - lateMs))
    console.log(
      JSON.stringify({
        case: 'sentinel: primary killed',
        calls: load.done.length,
        failed: load.failures.length,
        spread: `${load.admitted('spread')}/${QUOTAS.spread}`,
        lopsided: `${load.admitted('lopsided')}/${QUOTAS.lopsided}`,
        waited_p99_ms: percentile(waitsOf(false), 0.99).toFixed(1),
        alone_p99_ms: percentile(waitsOf(true), 0.99).toFixed(3),
        alone_after_ms: Math.round(aloneMs),
        promoted_after_ms: Math.round(promotedMs - killedMs),
        back_after_ms: Math.round(backMs),
      }),
    )
    expect(load.failures).toEqual([])
    expect(backMs).toBeLessThan(4_000)
    expect(percentile(waitsOf(false), 0.99)).toBeLessThanOrEqual(60)
    expect(percentile(waitsOf(true), 0.95)).toBeLessThanOrEqual(1)
    for (const account of ['spread', 'lopsided'] as const) {
      const quota = QUOTAS[account]
      expect(load.admitted(account)).toBeLessThanOrEqual(quota * (2 - 1 / 3) + load.mostInFlight())
      expect(load.admitted(account)).toBeGreaterThanOrEqual(quota)
      // What the replica had not heard of yet is missing: the last moment before the kill.
      expect(await load.used(0, 'calls', account)).toBeGreaterThanOrEqual(
        load.admitted(account) - load.mostInFlight(),
      )
      await until('no running call', async () => (await load.used(0, 'at-once', account)) === 0)
    }
  })
})
