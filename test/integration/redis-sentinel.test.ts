import { expect, it, onTestFinished } from 'vitest'
import { aRedisStore, claimOn, opened, outcomeOf } from '../support/a-redis-store.ts'
import { startSentinel } from '../support/redis-sentinel.ts'
import { until } from '../support/wait.ts'

it.each(['kill', 'freeze'] as const)(
  'follows the replica that takes the place of the primary (%s), with what was counted',
  async (how) => {
    const fleet = await startSentinel()
    onTestFinished(() => fleet.stop())
    const store = aRedisStore({ ...fleet.address, commandTimeoutMs: 50 })
    const ledger = await opened(store)
    const claim = claimOn({ quota: 1_000_000 })
    for (let call = 0; call < 20; call++) await ledger.take([claim])
    await fleet.primary.admin.wait(1, 1_000)
    await until('a replica in step', async () => (await fleet.replica.admin.dbsize()) >= 2)

    await fleet.primary[how]()
    const outcomes: Awaited<ReturnType<typeof outcomeOf>>[] = []
    await until(
      'a new primary',
      async () => {
        const outcome = await outcomeOf(ledger.take([claim]))
        outcomes.push(outcome)
        return outcome.kind === 'done'
      },
      20_000,
    )
    for (const { kind, tookMs } of outcomes) {
      expect(['done', 'timeout', 'unreachable', 'refused']).toContain(kind)
      // The deadline is 50 ms; the rest is what a busy test machine adds.
      expect(tookMs).toBeLessThan(200)
    }
    expect((await ledger.read([claim])).readings[0]?.used).toBe(21)
    expect(await fleet.replica.admin.info('replication')).toContain('role:master')
  },
)
