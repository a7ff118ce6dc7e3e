import { describe, expect, it } from 'vitest'
import { callsOf, simulated } from '../support/simulated.ts'

describe('a declared reseller', () => {
  it('is one account whose calls name their end users, but for a few', () => {
    const simulation = simulated('look-alikes', { scale: 0.1 }, { days: 4, honestAccounts: 0 })
    const declared = simulation.accounts.filter(({ reseller }) => reseller === true)
    expect(declared.length).toBe(1)
    const users = new Map<string, number>()
    let unnamed = 0
    let all = 0
    for (const { account, body, label } of callsOf(simulation)) {
      if (label !== 'legit/reseller') continue
      all++
      expect(account).toBe(declared[0]?.id)
      const { user } = JSON.parse(Buffer.from(body).toString()) as { user?: string }
      if (user === undefined) unnamed++
      else users.set(user, (users.get(user) ?? 0) + 1)
    }
    expect(users.size).toBeGreaterThan(25)
    expect(users.size).toBeLessThanOrEqual(60)
    expect(unnamed / all).toBeLessThan(0.3)
    const volumes = [...users.values()].toSorted((one, other) => one - other)
    // As uneven as people are: the largest tenth against the median.
    const median = volumes[Math.floor(volumes.length / 2)] ?? 0
    expect((volumes[Math.floor(volumes.length * 0.9)] ?? 0) / median).toBeGreaterThan(3)
  })
})
